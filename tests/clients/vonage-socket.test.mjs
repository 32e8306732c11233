// Calls whose far end is a program at a WebSocket, made with Vonage's own package: the program is called, hears and speaks as a phone does.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { MARK, press, tone } from '../sip/support/script.mjs';
import { toneShare } from '../sip/support/rtp.mjs';
import { StreamServer } from '../sip/support/stream-server.mjs';
import { SECRET, story, token } from './support/vonage.mjs';

const { verifySignature } = createRequire(import.meta.url)('@vonage/jwt');
const RATE = 16000, FRAME = RATE / 50;
const WAIT = [{ action: 'conversation', name: 'waiting' }];

// A program at the far end.
function program(name, users, run) {
	story(name, users, async (caller, phones, world) => {
		const server = await StreamServer.start(), take = caller.take.bind(caller);
		caller.take = request => tone(request.url) ?? take(request);
		const it = {
			server,
			call: (more = {}, endpoint = {}) => caller.dial({ to: [{ type: 'websocket', uri: server.url, contentType: `audio/l16;rate=${RATE}`, ...endpoint }], ncco: WAIT, ...more }),
			// The last 20 frames that the program heard.
			heard: end => new Int16Array(new Uint8Array(Buffer.concat(end.messages.filter(Buffer.isBuffer).slice(-20))).buffer),
			async hears(end, hz) {
				await end.until(messages => messages.filter(Buffer.isBuffer).length > 20 && toneShare([...it.heard(end)], hz, RATE) > 0.5, `the program hears ${hz} Hz`);
			},
			speaks(end, hz) {
				for (let at = 0; at < 25; at++) {
					const frame = Buffer.alloc(2 * FRAME);
					for (let i = 0; i < FRAME; i++)
						frame.writeInt16LE(Math.round(8000 * Math.sin(2 * Math.PI * hz * (at * FRAME + i) / RATE)), 2 * i);
					end.send(frame);
				}
			},
		};
		try {
			await run(it, caller, phones, world);
		} finally {
			server.close();
		}
	});
}

program('it is told what was given, hears the NCCO, and hangs up', [], async (it, caller) => {
	const made = await it.call({ ncco: [{ action: 'stream', streamUrl: [`${caller.web.url}/tone/${MARK}`], loop: 0 }] }, { headers: { customer: 'A1', n: 2, more: { aB: true } } });
	assert.equal(made.status, 'started');
	const end = await it.server.end();
	assert.deepEqual(await end.until(messages => messages[0], 'the first message'), { event: 'websocket:connected', 'content-type': 'audio/l16;rate=16000', customer: 'A1', n: 2, more: { aB: true } });
	assert.equal(end.request.headers.authorization, undefined);
	await caller.event(made.uuid, 'answered');
	await it.hears(end, MARK);
	const { to, status } = await caller.voice.getCall(made.uuid);
	assert.equal(status, 'answered');
	assert.deepEqual(to, { type: 'websocket', uri: it.server.url, 'content-type': 'audio/l16;rate=16000', contentType: 'audio/l16;rate=16000', headers: { customer: 'A1', n: 2, more: { aB: true } } }); // the package adds its own spelling
	end.close();
	const last = await caller.event(made.uuid, 'completed');
	assert.equal(last.disconnected_by, 'user');
	assert.deepEqual(caller.told(made.uuid).map(e => e.status), ['started', 'ringing', 'answered', 'completed']);
	assert.ok(caller.told(made.uuid).every(e => e.to === it.server.url && e.from === '15550009000' && e.conversation_uuid === `CON-${made.uuid}` || e.status === 'answered'));
	assert.equal((await caller.voice.getCall(made.uuid)).status, 'completed');
	assert.equal((await caller.voice.search({ status: 'completed' }))._embedded.calls.find(({ uuid }) => uuid === made.uuid).to.type, 'websocket');
});

program('it talks with a phone that the NCCO connects it with, hears its keys, and is recorded', ['bob'], async (it, caller, { bob }, world) => {
	const ncco = [{ action: 'record', eventUrl: [caller.events], channels: 2, split: 'conversation' }, { action: 'connect', endpoint: [{ type: 'app', user: 'bob' }], from: '15550009000' }];
	const made = await it.call({ ncco }), end = await it.server.end(), callee = await bob.incoming();
	await callee.accept();
	callee.rtp.sendTone(440);
	await it.hears(end, 440);
	press(callee, '7');
	assert.deepEqual(await end.until(messages => messages.find(m => m.event === 'websocket:dtmf'), 'the key').then(({ digit }) => digit), '7');
	it.speaks(end, 1000);
	await callee.rtp.hear(1000);
	await caller.voice.playDTMF(made.uuid, '1p2');
	await end.until(messages => messages.filter(m => m.event === 'websocket:dtmf').length === 3, 'keys that were sent');
	assert.deepEqual(end.messages.filter(m => m.event === 'websocket:dtmf').map(({ digit }) => digit), ['7', '1', '2']);
	await callee.bye();
	await caller.event(made.uuid, 'completed');
	const recording = await caller.hook(h => h.body?.recording_uuid, 'the recording');
	assert.equal((await fetch(recording.body.recording_url, { headers: { authorization: `Bearer ${token()}` } })).status, 200);
	const record = await world.http('GET', `/v1/voice/calls/${made.uuid}`);
	assert.equal(record.body.to_address, it.server.url);
	assert.equal(record.body.codec, 'L16');
});

program('it takes part in a conference with a phone, is muted, transferred and hung up', ['bob'], async (it, caller, { bob }) => {
	const made = await it.call({ ncco: [{ action: 'conversation', name: 'room' }] }), end = await it.server.end();
	const other = await caller.dial({ to: [{ type: 'app', user: 'bob' }], ncco: [{ action: 'conversation', name: 'room' }] });
	const callee = await bob.incoming();
	await callee.accept();
	await caller.event(other.uuid, 'answered');
	callee.rtp.sendTone(440);
	await it.hears(end, 440);
	const speaking = setInterval(() => it.speaks(end, 1000), 400);
	try {
		await callee.rtp.hear(1000);
		await caller.voice.muteCall(made.uuid);
		await callee.rtp.hearSilence();
		await caller.voice.unmuteCall(made.uuid);
		await callee.rtp.hear(1000);
	} finally {
		clearInterval(speaking);
	}
	await caller.voice.transferCallWithNCCO(made.uuid, [{ action: 'stream', streamUrl: [`${caller.web.url}/tone/${MARK}`], loop: 0 }]);
	await it.hears(end, MARK);
	await caller.voice.hangupCall(made.uuid);
	await end.until(() => end.closed !== null, 'that it is closed');
	assert.equal((await caller.event(made.uuid, 'completed')).disconnected_by, 'platform');
	await callee.bye();
});

program('its authorization: signed as webhooks are, or as given', [], async (it, caller) => {
	let nth = 0;
	for (const [authorization, fits] of [[{ type: 'vonage' }, text => verifySignature(text.replace('Bearer ', ''), SECRET)], [{ type: 'custom', value: 'Bearer x' }, text => text === 'Bearer x']]) {
		const made = await it.call({}, { authorization }), end = await it.server.end(++nth);
		assert.ok(fits(end.request.headers.authorization), JSON.stringify(authorization));
		assert.equal((await caller.voice.getCall(made.uuid)).to.authorization, undefined, 'it is not shown');
		await caller.event(made.uuid, 'answered');
		await caller.voice.hangupCall(made.uuid);
		await end.until(() => end.closed !== null, 'that it is closed');
	}
});

program('it cannot be reached, or refuses', [], async (it, caller) => {
	const web = caller.web.url.replace('http', 'ws');
	it.server.close();
	const gone = await it.call();
	const failed = await caller.event(gone.uuid, 'failed');
	assert.match(failed.detail, /did not take the call/);
	caller.take = () => ({ status: 403 });
	const refused = await it.call({ eventUrl: undefined }, { uri: `${web}/ws` });
	let status;
	while ((status = (await caller.voice.getCall(refused.uuid)).status) === 'started' || status === 'ringing');
	assert.equal(status, 'rejected');
});
