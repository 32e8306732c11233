// What a user of the API has on the desk: requests that are checked, a WebSocket that hears everything, a web server for scripts and webhooks.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import WebSocket from 'ws';
import { KEY } from '../../sip/support/harness.mjs';
import { Signal, poll } from '../../sip/support/wait.mjs';
import { Voice } from './voice.mjs';

const OVER = ['completed', 'failed', 'busy', 'no-answer', 'canceled'];

export class Desk extends Voice {
	events = [];   // from the WebSocket
	replies = new Map();
	signal = new Signal();
	answer = () => ({ status: 200 }); // of the web server

	static async open(world, web) {
		const desk = Object.assign(new Desk(), await Voice.open(world.api, KEY));
		desk.web = web;
		desk.callback = `${desk.web.url}/status`;
		desk.ws = new WebSocket(`${world.api.replace('http', 'ws')}/v1/voice/socket`, { headers: { 'x-api-key': KEY } });
		desk.ws.on('message', text => desk.#take(JSON.parse(text))).on('error', () => {});
		await new Promise((ok, bad) => desk.ws.once('open', ok).once('error', bad));
		assert.equal((await desk.command('subscribe')).status, 200);
		return desk;
	}

	#take(message) {
		if (message.type === 'event') {
			this.events.push(message.event);
			this.lookAtCalls(message.event, 'an event');
		} else {
			this.replies.set(message.id, message);
		}
		this.signal.notify();
	}

	// An action over the WebSocket; resolves to {status, body}.
	async command(action, params = {}) {
		const id = `${action}-${this.replies.size + 1}`;
		this.ws.send(JSON.stringify({ id, action, params }));
		const reply = await this.signal.until(() => this.replies.get(id), `the reply to ${action}`);
		this.lookAtCalls(reply.body ?? {}, action);
		return reply;
	}

	// The first event that fits, of now or later.
	event(type, fits, what = '') {
		return this.signal.until(() => this.events.find(e => e.type === type && fits(e)), `${type} ${what}; there were: ${this.events.map(e => `${e.type} ${e.call?.status}`)}`);
	}

	// Resolves to the call once the WebSocket told of this status.
	becomes(id, status) {
		return this.event('call.state', e => e.call_id === id && e.call.status === status, `${status} of ${id}`).then(e => e.call);
	}

	over(id) {
		return this.event('call.state', e => e.call_id === id && OVER.includes(e.call.status), `the end of ${id}`).then(e => e.call);
	}

	statuses(id) {
		return this.events.filter(e => e.call_id === id && e.type === 'call.state').map(e => e.call.status);
	}

	// Everything that was told of a call, three ways, is the same and in order: WebSocket, log and, with a `status_callback`, webhooks.
	async agrees(id, statuses, { webhooks = true } = {}) {
		const { events, more } = await this.get(`/calls/${id}/events?limit=1000`);
		assert.equal(more, false);
		assert.deepEqual(events.map(e => e.sequence), events.map((_, i) => i + 1));
		await this.signal.until(() => this.events.filter(e => e.call_id === id).length >= events.length, 'the last event');
		assert.deepEqual(this.events.filter(e => e.call_id === id).slice(0, events.length), events);
		assert.deepEqual(this.statuses(id), statuses);
		if (!webhooks)
			return;
		const wanted = events.filter(({ type }) => type === 'call.state' || type === 'call.record_done');
		const told = await poll(() => {
			const all = this.web.requests.filter(r => r.url === '/status' && JSON.parse(r.body).call_id === id);
			return all.length >= wanted.length && all;
		}, `${wanted.length} webhooks of ${id}`);
		assert.deepEqual(told.map(r => JSON.parse(r.body)).slice(0, wanted.length), wanted.map((event, i) => ({ ...event, delivery: i + 1 })));
		for (const { headers, body } of told) {
			const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['offhook-signature']);
			assert.equal(mac, createHmac('sha256', 'token').update(`${time}.${body}`).digest('hex'));
		}
	}

	close() {
		this.ws.terminate();
	}
}
