// How a call sounded: a chart of both directions, second by second, and the same as a table.
import { voice } from './api.js';
import { facts, h, nothing, svg, table } from './dom.js';

const WIDTH = 800, HEIGHT = 220, LEFT = 34, BOTTOM = 24, TOP = 8;
const MOS_MIN = 1, MOS_MAX = 5, LOSS_MAX = 20, ROWS_MAX = 600;

const y = mos => TOP + (MOS_MAX - mos) / (MOS_MAX - MOS_MIN) * (HEIGHT - TOP - BOTTOM);

// A line through what is known; it is broken where nothing is.
function line(seconds, name, x) {
	let path = '', pen = 'M';
	for (const [i, second] of seconds.entries()) {
		if (second[name] === undefined) {
			pen = 'M';
			continue;
		}
		path += `${pen}${x(i).toFixed(1)} ${y(second[name]).toFixed(1)}`;
		pen = 'L';
	}
	return path;
}

const mean = (seconds, name) => {
	const known = seconds.map(second => second[name]).filter(value => value !== undefined);
	return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : undefined;
};
const fixed = (value, digits = 2) => value === undefined ? undefined : value.toFixed(digits);

function chart(seconds, length) {
	const step = (WIDTH - LEFT) / Math.max(1, seconds.length), x = i => LEFT + (i + 0.5) * step;
	const losses = ['loss_in_percent', 'loss_out_percent'].map((name, side) => seconds.map((second, i) => second[name]
		? svg('rect', { class: `loss side${side}`, x: (LEFT + (i + side / 2) * step).toFixed(1), width: Math.max(0.8, step / 2 - 0.4).toFixed(1),
			y: (HEIGHT - BOTTOM - Math.min(1, second[name] / LOSS_MAX) * (HEIGHT - TOP - BOTTOM)).toFixed(1),
			height: (Math.min(1, second[name] / LOSS_MAX) * (HEIGHT - TOP - BOTTOM)).toFixed(1) }) : undefined));
	const every = Math.max(1, Math.ceil(seconds.length / 10));
	const said = side => fixed(mean(seconds, `mos_${side}`)) ?? 'unknown';
	return svg('svg', { class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img',
		'aria-label': `Quality over ${seconds.length * length} seconds: mean opinion score ${said('in')} from the far end, ${said('out')} to it.` },
	[1, 2, 3, 4, 5].map(mos => [svg('line', { class: 'grid', x1: LEFT, x2: WIDTH, y1: y(mos), y2: y(mos) }), svg('text', { x: LEFT - 8, y: y(mos) + 4, 'text-anchor': 'end' }, String(mos))]),
	seconds.map((_, i) => i % every ? undefined : svg('text', { x: x(i), y: HEIGHT - 6, 'text-anchor': 'middle' }, `${i * length} s`)),
	losses, svg('path', { class: 'side0', d: line(seconds, 'mos_in', x) }), svg('path', { class: 'side1', d: line(seconds, 'mos_out', x) }));
}

const COLUMNS = [['second', 'Second'], ['mos_in', 'MOS in'], ['loss_in_percent', 'Loss in %'], ['jitter_in_ms', 'Jitter in ms'], ['buffer_ms', 'Buffer ms'],
	['mos_out', 'MOS out'], ['loss_out_percent', 'Loss out %'], ['jitter_out_ms', 'Jitter out ms'], ['rtt_ms', 'Round trip ms']];

const number = value => typeof value !== 'number' ? String(value ?? '') : Number.isInteger(value) ? String(value) : value.toFixed(2);

function inNumbers(seconds) {
	const list = h('details', {}, h('summary', {}, 'In numbers'));
	list.addEventListener('toggle', () => {
		if (list.open && list.childElementCount === 1)
			list.append(table('Quality, second by second', COLUMNS.map(([, text]) => text),
				seconds.slice(0, ROWS_MAX).map(second => COLUMNS.map(([name]) => number(second[name])))));
	});
	return list;
}

// Fills `out` anew.
export async function showQuality(out, id) {
	const quality = await voice(`calls/${id}/quality`).catch(error => {
		if (error.status !== 404)
			throw error;
		return { final: true, alerts: [] }; // nothing was measured, or not yet
	});
	const seconds = quality.seconds ?? [], length = quality.second_length ?? 1;
	if (!seconds.length) {
		out.replaceChildren(h('h2', {}, 'Quality'), nothing(quality.final ? 'Nothing was measured: there was no media.' : 'What is measured of each second is shown when the call has ended.'),
			statsOf(quality));
		return;
	}
	out.replaceChildren(h('h2', {}, 'Quality'),
		h('p.legend', {}, h('span.side0', {}, 'from the far end (in)'), h('span.side1', {}, 'to the far end (out)'), h('span.small', {}, `lines: mean opinion score, 1 to 5; bars: loss, up to ${LOSS_MAX} %`)),
		chart(seconds, length),
		facts([['MOS in', fixed(mean(seconds, 'mos_in'))], ['MOS out', fixed(mean(seconds, 'mos_out'))], ['Loss in', fixed(mean(seconds, 'loss_in_percent'))?.concat(' %')],
			['Loss out', fixed(mean(seconds, 'loss_out_percent'))?.concat(' %')], ['Jitter in', fixed(mean(seconds, 'jitter_in_ms'), 1)?.concat(' ms')], ['Round trip', fixed(mean(seconds, 'rtt_ms'), 0)?.concat(' ms')]]),
		quality.alerts.length ? h('ul', {}, quality.alerts.map(alert => h('li', {}, `${alert.time}: ${Object.entries(alert).filter(([name]) => name !== 'time').map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`).join(', ')}`))) : '',
		inNumbers(seconds));
}

function statsOf({ stats }) {
	return stats ? facts(Object.entries(stats).filter(([, value]) => typeof value !== 'object').map(([name, value]) => [name.replaceAll('_', ' '), number(value)])) : '';
}
