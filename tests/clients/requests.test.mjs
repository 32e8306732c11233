// Any request whatever, over all operations, by HTTP and by WebSocket: never a 5xx, never a reply outside our document, and the server goes on.
// OFFHOOK_SEED repeats a run, OFFHOOK_RUNS makes it longer (lists of up to 25 requests).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import http from 'node:http';
import WebSocket from 'ws';
import { Api, KEY } from '../api/harness.mjs';
import { scenario, KEY as REAL_KEY } from '../sip/support/harness.mjs';
import { requests, send, urlOf } from './support/requests.mjs';
import { callChecker, callsIn, replyFault } from './support/schemas.mjs';

const seed = Number(process.env.OFFHOOK_SEED ?? Math.floor(Math.random() * 2 ** 31)), runs = Number(process.env.OFFHOOK_RUNS ?? 200);
const weights = { initiateCall: 6, updateCall: 3, createConference: 2, addConferenceParticipant: 3 };

// What replies give to later requests.
class Known {
	call_id = [];
	conference_id = [];
	recording_id = [];
	delivery_id = [];

	learn({ operationId }, body) {
		const add = (name, ...ids) => this[name].push(...ids.filter(Boolean));
		if (operationId === 'initiateCall' || operationId === 'addConferenceParticipant')
			add('call_id', body.id ?? body.call_id);
		else if (operationId === 'createConference')
			add('conference_id', body.id);
		else if (operationId === 'startRecording')
			add('recording_id', body.id);
		else if (operationId === 'listDeliveries')
			add('delivery_id', body.deliveries[0]?.id);
	}
}

function fault(request, reply, check) {
	if (reply.status >= 500)
		return `${reply.status} ${reply.text}`;
	const found = replyFault(request.operation.method, request.url, reply);
	if (found || !/json/.test(reply.type ?? '') || ['getDocument', 'getCallSchema', 'getCallTrace'].includes(request.operation.operationId)) // a leg of a trace is no call
		return found;
	return callsIn(JSON.parse(reply.text)).map(check).find(Boolean);
}

// Sends lists of requests by `sender`, which resolves to {status, type, text}; `placed` is told of each new call. Resolves to how often what came.
async function property({ base, sender, placed, numRuns = runs }) {
	const known = new Known(), seen = new Map();
	const check = callChecker(await (await fetch(`${base}/schema/call`)).json());
	const all = fc.asyncProperty(requests(weights), async list => {
		for (const it of list) {
			const { operation } = it, request = { ...it, url: urlOf(it, known), method: operation.method };
			const reply = await sender(request);
			if (!reply)
				continue;
			const found = fault(request, reply, check);
			assert.ok(!found, `${found}, to ${request.method} ${request.url} ${request.text}`);
			const name = `${operation.operationId} ${reply.status}`;
			seen.set(name, (seen.get(name) ?? 0) + 1);
			if (reply.status < 300 && /json/.test(reply.type ?? ''))
				known.learn(operation, JSON.parse(reply.text));
			if (reply.status === 201 && known.call_id.length)
				placed?.(known.call_id.at(-1));
		}
	});
	await fc.assert(all, { seed, numRuns });
	return seen;
}

const byHttp = (agent, base, key) => request => send(agent, base, { ...request, headers: { 'x-api-key': key, ...request.headers } });

// The same as commands: what cannot be said there (paths and queries that are none, text that is no JSON) is left out.
function bySocket(ws) {
	let waiting, next = 1;
	ws.on('message', data => {
		const { id, status, body } = JSON.parse(data);
		// what was no command at all is answered without an id
		if (id === waiting.id || id === undefined)
			waiting.ok({ status, text: body ? JSON.stringify(body) : '', type: !body ? undefined : status < 400 ? 'application/json' : 'application/problem+json' });
	});
	ws.on('close', code => waiting.bad(new Error(`closed with ${code} by ${waiting.text}`)));
	return async request => {
		const text = commandOf(request, next++);
		if (!text)
			return undefined;
		const timer = setTimeout(() => waiting.bad(new Error(`no answer to ${waiting.text}`)), 60000);
		const reply = await new Promise((ok, bad) => {
			waiting = { ok, bad, text, id: next - 1 };
			ws.send(text);
		});
		clearTimeout(timer);
		return reply;
	};
}

// The text of a command; the body of the request is in it letter by letter.
function commandOf({ operation, url, headers, text }, id) {
	if (/^(getRecordingMedia|getDocument|getHealth|getReadiness|getCallSchema)$/.test(operation.operationId))
		return undefined;
	try {
		const { pathname, searchParams } = new URL(url, 'http://a'), params = Object.fromEntries(searchParams);
		pathname.split('/').forEach((part, i) => {
			const name = /^\{(\w+)\}$/.exec(operation.path.split('/')[i])?.[1];
			if (name)
				params[name] = decodeURIComponent(part);
		});
		const members = [JSON.stringify(params).slice(1, -1), JSON.parse(text ?? '{}') instanceof Object ? (text ?? '{}').trim().slice(1, -1) : ''];
		return `{"id":${id},"action":"${operation.operationId}","idempotency_key":${JSON.stringify(headers['idempotency-key'] ?? null)},` +
			`"params":{${members.filter(Boolean).join(',')}}}`;
	} catch {
		return undefined;
	}
}

// It was not all refusals.
function isVaried(seen) {
	const good = new Set([...seen.keys()].filter(name => / 2\d\d$/.test(name)).map(name => name.split(' ')[0]));
	for (const name of ['initiateCall', 'getCall', 'endCall', 'createConference', 'addConferenceParticipant'])
		assert.ok(runs < 200 || good.has(name), `${name} never succeeded; seen: ${[...seen].map(all => all.join(' × ')).join(', ')}`);
}

test(`any requests, with a mock switch (OFFHOOK_SEED=${seed})`, async () => {
	const api = await Api.start({ logLevel: 'info' }), agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
	try {
		let n = 0;
		const placed = id => api.mock.calls.get(id)?.status === 'queued' && n++ % 8 && api.mock.answer(id);
		const seen = await property({ base: api.base, sender: byHttp(agent, api.base, KEY), placed });
		isVaried(seen);
		assert.equal((await fetch(`${api.base}/readyz`)).status, 200);
	} finally {
		agent.destroy();
		await api.stop();
	}
});

test(`any commands by WebSocket, with a mock switch (OFFHOOK_SEED=${seed})`, async () => {
	const api = await Api.start({ logLevel: 'info' });
	const ws = new WebSocket(`${api.base.replace('http', 'ws')}/v1/voice/socket`, { headers: { 'x-api-key': KEY } });
	try {
		await once(ws, 'open');
		ws.setMaxListeners(0);
		let n = 0;
		const placed = id => api.mock.calls.get(id)?.status === 'queued' && n++ % 8 && api.mock.answer(id);
		const seen = await property({ base: api.base, sender: bySocket(ws), placed });
		isVaried(seen);
	} finally {
		ws.terminate();
		await api.stop();
	}
});

scenario(`any requests, with the switch and a phone (OFFHOOK_SEED=${seed})`, {}, async world => {
	const alice = await world.registered('alice'), agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
	await world.startApi();
	let n = 0;
	const answering = setInterval(() => {
		for (const call of alice.calls.filter(call => !call.outgoing && !call.seen)) {
			call.seen = true;
			call.reply(...[[200, { media: true }], [200, { media: true }], [180], [486], [100]][n++ % 5]);
		}
	}, 10);
	try {
		await property({ base: world.api, sender: byHttp(agent, world.api, REAL_KEY), numRuns: Math.ceil(runs / 2) });
		assert.equal((await fetch(`${world.api}/readyz`)).status, 200);
		for (const { id } of (await world.control.call('call.list')).calls)
			await world.control.call('call.hangup', { call: id }).catch(() => {}); // it may be over by now
	} finally {
		clearInterval(answering);
		agent.destroy();
	}
});
