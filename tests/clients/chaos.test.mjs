// 50 calls a second to SIPp, offhook-api killed with -9 again and again, receivers of webhooks that behave badly, and a listener at the
// WebSocket that comes back with its cursor: nothing is lost, doubled or out of order. OFFHOOK_CHAOS_S makes it longer.
import assert from 'node:assert/strict';
import WebSocket from 'ws';
import { KEY, scenario } from '../sip/support/harness.mjs';
import { Authority } from '../sip/support/certificates.mjs';
import { listening, sipp } from '../sip/support/sipp.mjs';
import { poll } from '../sip/support/wait.mjs';
import { NAMES, Receiver } from './support/receivers.mjs';
import { Voice } from './support/voice.mjs';

const SECONDS = Number(process.env.OFFHOOK_CHAOS_S ?? 5), RATE = 50, CALLS = SECONDS * RATE, LONG = 60000;
const authority = new Authority();
const sleep = ms => new Promise(ok => setTimeout(ok, ms));

// A listener that subscribes again behind what it has, whenever it is cut off.
class Listener {
	events = [];
	cursor = 0;
	times = 0; // it has subscribed

	constructor(world) {
		this.world = world;
		this.#connect();
	}

	#connect() {
		if (this.stopped)
			return;
		const ws = this.ws = new WebSocket(`${this.world.api.replace('http', 'ws')}/v1/voice/socket`, { headers: { 'x-api-key': KEY } });
		ws.on('open', () => {
			this.times++;
			ws.send(JSON.stringify({ id: 1, action: 'subscribe', params: { after: this.cursor } }));
		}).on('message', text => {
			const message = JSON.parse(text);
			if (message.type === 'event') {
				this.cursor = message.cursor;
				this.events.push(message.event);
			}
		}).on('error', () => {}).on('close', () => setTimeout(() => this.#connect(), 20));
	}

	stop() {
		this.stopped = true;
		this.ws.terminate();
	}
}

// As a good client does: the same key until there is an answer.
async function place(world, key, status_callback) {
	for (const end = Date.now() + LONG; ; ) {
		assert.ok(Date.now() < end, `no answer to ${key}`);
		const reply = await fetch(`${world.api}/v1/voice/calls`, { method: 'POST', headers: { 'X-API-Key': KEY, 'Idempotency-Key': key, 'Content-Type': 'application/json' },
			body: JSON.stringify({ to: '+14445556666', from: '+15550009000', status_callback, script: '<Response><Pause length="1"/><Hangup/></Response>' }) }).catch(() => null);
		const body = await reply?.json().catch(() => null);
		if (reply?.status === 201 && body)
			return body.id;
		assert.ok(!reply || [201, 409, 503].includes(reply.status), JSON.stringify(body));
		await sleep(50);
	}
}

async function killAgainAndAgain(world) {
	const end = Date.now() + SECONDS * 1000;
	let kills = 0;
	while (Date.now() < end || kills < 3) {
		await sleep(200 + Math.random() * 900);
		await world.apiProcess.kill();
		kills++;
		await sleep(Math.random() * 200);
		await world.startApi();
	}
	return kills;
}

// Told by the switch: not found out after a kill, nor a step of the script, which the API layer itself keeps with the call.
const wasTold = event => !event.reconciled && event.type.startsWith('call.');
const sorted = list => [...list].sort((a, b) => a - b);

scenario('kill -9 under load with bad receivers', { log: 'info', sip: 'max-calls-per-second = 1000', api: `ca-file = "${authority.certificate}"` }, async (world, control) => {
	const receivers = await Promise.all(NAMES.map(name => Receiver.start(name)));
	const dead = await Receiver.start('dead'), gone = await Receiver.start('gone for a while');
	const wrong = await Receiver.start('another name', authority.issue('other.example', 'other', 'DNS:other.example'));
	await dead.leave();
	receivers.push(gone);
	const all = [...receivers, dead, wrong];
	const far = sipp(world, 'answer', { host: world.trunkHost, port: 5060, calls: CALLS });
	await listening(world.trunkHost, 5060);
	await world.startApi();
	const listener = new Listener(world), urls = new Map();
	try {
		const placing = [], killing = killAgainAndAgain(world);
		for (let i = 0; i < CALLS; i++) {
			const receiver = all[i % all.length];
			placing.push(place(world, `key-${i}`, receiver.url).then(id => urls.set(id, receiver)));
			if (i === Math.floor(CALLS / 4))
				await gone.leave();
			if (i === Math.floor(CALLS * 3 / 4))
				await gone.comeBack();
			await sleep(1000 / RATE);
		}
		await Promise.all(placing);
		assert.ok(await killing >= 3);
		assert.equal(urls.size, CALLS, 'no two keys made one call');
		assert.equal(await far, 0, 'SIPp saw as many calls as there were keys, all of them whole');

		// What the switch told, in its own journal's order, is the truth.
		await control.signal.until(() => [...urls.keys()].every(id => control.states(id).at(-1) === 'completed'), 'the end of all calls', LONG);
		const placed = new Set(control.events.filter(e => e.method === 'call.state').map(e => e.params.call.id));
		assert.deepEqual([...placed].sort(), [...urls.keys()].sort(), 'no key made two calls, and no call is without a key');
		const voice = await Voice.open(world.api, KEY);
		await poll(async () => (await voice.get('/calls?status=completed')).total === CALLS, 'the records', LONG);
		assert.equal((await voice.get('/calls')).total, CALLS);
		const logs = new Map();
		for (const id of urls.keys()) {
			const told = control.events.filter(e => e.params.call?.id === id && e.method.startsWith('call.'));
			const { events } = await poll(async () => {
				const log = await voice.get(`/calls/${id}/events?limit=1000`);
				return log.events.filter(wasTold).length >= told.length && log;
			}, `the log of ${id}`, LONG);
			assert.deepEqual(events.map(e => e.sequence), events.map((_, i) => i + 1));
			assert.deepEqual(events.filter(wasTold).map(e => `${e.type} ${e.call.status}`), told.map(e => `${e.method} ${e.params.call.status}`), id);
			logs.set(id, events);
		}
		const count = [...logs.values()].reduce((sum, events) => sum + events.length, 0);
		await poll(() => listener.events.length >= count, 'the last event at the WebSocket', LONG);
		assert.ok(listener.times >= 3, 'it was cut off');
		for (const [id, events] of logs)
			assert.deepEqual(listener.events.filter(e => e.call_id === id), events, 'by WebSocket: nothing lost, doubled or out of order');

		// Webhooks: each in the end, in order; the dead and the wrong get none, and hold nobody up.
		for (const [id, receiver] of urls) {
			const wanted = logs.get(id).filter(e => e.type === 'call.state').map(e => e.sequence);
			if (receiver === dead || receiver === wrong)
				continue;
			await poll(() => (receiver.firsts().get(id)?.length ?? 0) >= wanted.length, `webhooks of ${id} at the receiver that is ${receiver.name}`, LONG);
			assert.deepEqual(receiver.firsts().get(id), sorted(wanted), `${receiver.name}: ${id}`);
		}
		assert.equal(wrong.accepted.length, 0);
		assert.ok(all.every(r => r.strays === 0), 'no redirect was followed');
		for (const [receiver, why] of [[dead, /connect/i], [wrong, /certificate|subject|name/i]]) {
			const [id] = [...urls].find(([, r]) => r === receiver), { deliveries } = await voice.get(`/webhooks/deliveries?call_id=${id}`);
			const tried = deliveries.find(d => d.attempts > 0), { log } = await voice.get(`/webhooks/deliveries/${tried.id}`);
			assert.ok(log.every(attempt => why.test(attempt.error)), JSON.stringify(log));
			assert.ok(deliveries.every(d => d.state !== 'delivered'));
		}
	} finally {
		listener.stop();
		for (const receiver of all.filter(r => r !== dead))
			await receiver.leave();
	}
});
