// A recording: the browser's own player, and the shape of its sound to find a place in it by the mouse.
import { voiceUrl } from './api.js';
import { facts, h, lasting, moment, state } from './dom.js';

const SHAPE_BYTES_MAX = 64 * 1024 * 1024, BARS = 400, HEIGHT = 48;

// Where the samples of a WAV file of 16 bits are: {channels, samples}; undefined for another kind.
function samplesOf(buffer) {
	const view = new DataView(buffer), name = at => String.fromCharCode(...new Uint8Array(buffer, at, 4));
	let format;
	if (buffer.byteLength < 12 || name(0) !== 'RIFF' || name(8) !== 'WAVE')
		return undefined;
	for (let at = 12; at + 8 <= buffer.byteLength;) {
		const size = view.getUint32(at + 4, true), body = at + 8;
		if (name(at) === 'fmt ' && body + 16 <= buffer.byteLength)
			format = { code: view.getUint16(body, true), channels: view.getUint16(body + 2, true), bits: view.getUint16(body + 14, true) };
		else if (name(at) === 'data')
			return format?.code === 1 && format.bits === 16 && format.channels
				? { channels: format.channels, samples: new Int16Array(buffer, body, Math.floor(Math.min(size, buffer.byteLength - body) / 2)) } : undefined;
		at = body + size + size % 2;
	}
	return undefined;
}

// The loudest sample of each of BARS pieces, 0 to 1, of each channel.
function peaksOf({ channels, samples }) {
	const frames = Math.floor(samples.length / channels);
	return Array.from({ length: channels }, (_, channel) => Array.from({ length: BARS }, (_, bar) => {
		let peak = 0;
		for (let i = Math.floor(bar * frames / BARS); i < Math.floor((bar + 1) * frames / BARS); i++)
			peak = Math.max(peak, Math.abs(samples[i * channels + channel]));
		return peak / 32768;
	}));
}

function drawShape(canvas, peaks, played) {
	const context = canvas.getContext('2d'), style = getComputedStyle(canvas);
	canvas.width = BARS * 2;
	canvas.height = HEIGHT * peaks.length;
	for (const [channel, bars] of peaks.entries()) {
		const middle = HEIGHT * (channel + 0.5);
		for (const [i, peak] of bars.entries()) {
			const half = Math.max(0.5, Math.sqrt(peak) * (HEIGHT / 2 - 2));
			context.fillStyle = i / BARS < played ? style.getPropertyValue('--accent') : style.color;
			context.fillRect(i * 2, middle - half, 1.4, half * 2);
		}
	}
}

async function showShape(canvas, player, url) {
	const reply = await fetch(url);
	const sound = reply.ok ? samplesOf(await reply.arrayBuffer()) : undefined;
	if (!sound?.samples.length)
		return;
	const peaks = peaksOf(sound);
	const draw = () => drawShape(canvas, peaks, player.duration ? player.currentTime / player.duration : 0);
	canvas.hidden = false;
	player.addEventListener('timeupdate', draw);
	player.addEventListener('seeked', draw);
	canvas.addEventListener('click', event => {
		if (player.duration)
			player.currentTime = event.offsetX / canvas.clientWidth * player.duration;
	});
	draw();
}

// One recording, as an element.
export function recordingElement(recording) {
	const url = voiceUrl(`recordings/${recording.id}/media`);
	if (recording.status !== 'completed')
		return h('div.recording', {}, h('p', {}, state(recording.status), ' since ', moment(recording.start_time), recording.error ? `: ${recording.error}` : ''));
	const player = h('audio', { controls: true, preload: 'metadata', src: url, 'aria-label': `Recording of ${lasting(recording.duration)}` });
	const canvas = h('canvas.shape', { hidden: true, 'aria-hidden': 'true' });
	if (recording.size <= SHAPE_BYTES_MAX)
		showShape(canvas, player, url).catch(() => {}); // the player says what is wrong with it
	return h('div.recording', {}, canvas, player,
		facts([['Started', moment(recording.start_time)], ['Length', lasting(recording.duration)], ['Channels', recording.channels], ['Size', `${Math.ceil(recording.size / 1024)} KiB`]]),
		h('a', { href: url, download: `${recording.id}.wav` }, 'Download'));
}
