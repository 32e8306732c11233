// A switch that does what the test says: speaks the control protocol (doc/control-protocol.md) on a Unix socket.
// It keeps calls, numbers events, replays them, and journals what is not acknowledged, over restarts of its own.
import net from 'node:net';
import fs from 'node:fs';
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';

export class MockSwitch extends EventEmitter {
	constructor(path) {
		super();
		this.path = path;
		this.id = randomUUID();
		this.seq = 0;
		this.calls = new Map();
		this.conferences = new Map();
		this.events = [];        // all of this start
		this.journal = [];       // unacknowledged, of earlier starts too
		this.requests = [];      // every request that came
		this.acked = new Map();  // switch id → seq
		this.overrides = new Map(); // method → (params, socket) => result, or throw {code,message,data}
		this.sockets = new Set();
		this.claims = new Map();
		this.nextPlay = 1;
		this.refuse = new Set(['+15559999999']);
	}

	async start() {
		fs.rmSync(this.path, { force: true });
		this.server = net.createServer(socket => this.#accept(socket));
		await new Promise((ok, bad) => this.server.listen(this.path, ok).on('error', bad));
		return this;
	}

	async stop() {
		for (const socket of this.sockets)
			socket.destroy();
		this.sockets.clear();
		await new Promise(ok => this.server.close(ok));
	}

	// As if the process had been killed and started again: live calls are lost; with `tell` its journal says so.
	async restart({ tell = true } = {}) {
		await this.stop();
		const lost = [...this.calls.values()].filter(c => !c.ended);
		if (tell) {
			for (const call of lost)
				this.end(call.id, { status: call.answered ? 'completed' : 'failed', ended_by: 'fault', reason: 'The switch was restarted.' });
		}
		this.calls.clear();
		this.conferences.clear();
		this.claims.clear();
		this.journal = this.journal.filter(e => e.seq > (this.acked.get(e.switch) ?? 0));
		this.id = randomUUID();
		this.seq = 0;
		this.events = [];
		await this.start();
	}

	#accept(socket) {
		let rest = '';
		this.sockets.add(socket);
		socket.setEncoding('utf8');
		socket.on('error', () => {});
		socket.on('close', () => this.sockets.delete(socket));
		socket.on('data', text => {
			const lines = (rest + text).split('\n');
			rest = lines.pop();
			for (const line of lines)
				this.#request(socket, JSON.parse(line));
		});
		this.emit('connect', socket);
	}

	#request(socket, { id, method, params = {} }) {
		const request = { method, params };
		this.requests.push(request);
		let reply;
		try {
			const handler = this.overrides.get(method) ?? this[`on_${method.replace('.', '_')}`];
			if (!handler)
				throw { code: -32601, message: `unknown method ${method}` };
			const result = handler.call(this, params, socket);
			if (result === undefined) { // the test answers, or nobody does
				this.emit('request', request);
				return;
			}
			reply = { jsonrpc: '2.0', id, result };
		} catch (error) {
			if (!error.code)
				throw error;
			reply = { jsonrpc: '2.0', id, error };
		}
		this.write(socket, reply);
		this.emit('request', request);
		this.emit(method, params);
	}

	write(socket, message) {
		if (!socket.destroyed)
			socket.write(JSON.stringify(message) + '\n');
	}

	// The next request of that method that `test` accepts, also one that has come already when `past` is given.
	request(method, test = () => true, { past = true } = {}) {
		const seen = past && this.requests.find(r => r.method === method && !r.taken && test(r.params));
		if (seen) {
			seen.taken = true;
			return Promise.resolve(seen.params);
		}
		return new Promise((ok, bad) => {
			const timer = setTimeout(() => bad(new Error(`no ${method} came`)), 30000);
			const listener = request => {
				if (request.method !== method || !test(request.params))
					return;
				request.taken = true;
				clearTimeout(timer);
				this.off('request', listener);
				ok(request.params);
			};
			this.on('request', listener);
		});
	}

	event(method, params) {
		const full = { seq: ++this.seq, time: Date.now(), switch: this.id, ...structuredClone(params) };
		this.events.push({ method, params: full });
		this.journal.push({ switch: this.id, seq: full.seq, method, params: full });
		for (const socket of this.sockets)
			if (socket.subscribed)
				this.write(socket, { jsonrpc: '2.0', method, params: full });
		return full;
	}

	on_events_subscribe(params, socket) {
		const replay = params.since !== undefined && params.switch === this.id;
		// After the reply: earlier starts, then what was missed or a snapshot.
		setImmediate(() => {
			socket.subscribed = true; // what happens from here on comes behind what was missed
			if (params.journal)
				for (const e of this.journal)
					if (e.switch !== this.id && e.seq > (this.acked.get(e.switch) ?? 0))
						this.write(socket, { jsonrpc: '2.0', method: e.method, params: e.params });
			if (replay) {
				for (const e of this.events)
					if (e.params.seq > params.since)
						this.write(socket, { jsonrpc: '2.0', method: e.method, params: e.params });
			} else {
				this.write(socket, { jsonrpc: '2.0', method: 'events.snapshot', params: { switch: this.id, seq: this.seq,
					calls: [...this.calls.values()].filter(c => !c.ended),
					conferences: [...this.conferences.values()].filter(c => !c.ended), registrations: [], trunks: [] } });
			}
			this.emit('subscribed');
		});
		return { switch: this.id, seq: this.seq, replayed: 0, snapshot: !replay };
	}

	on_events_ack({ seq, switch: id = this.id }) {
		this.acked.set(id, Math.max(seq, this.acked.get(id) ?? 0));
		return { acked: seq };
	}

	#call(id) {
		const call = this.calls.get(id);
		if (!call)
			throw { code: 404, message: 'no such call' };
		return call;
	}

	on_call_originate(params) {
		if (this.calls.has(params.id))
			throw { code: 409, message: 'that id is taken', data: { call: this.calls.get(params.id) } };
		if (this.refuse.has(params.to))
			throw { code: 422, message: 'no route takes this number', data: { field: 'to' } };
		if (params.dry_run)
			return { route: 'user:alice' };
		const call = { id: params.id, account: params.account, direction: 'outbound', status: 'queued', from: params.from, to: params.to,
			created: Date.now(), claimed: true, ...(params.tag && { tag: params.tag }) };
		this.calls.set(call.id, call);
		this.event('call.state', { call });
		return { call };
	}

	on_call_hangup({ call: id, by = 'api', reason, failed }) {
		const call = this.#call(id);
		if (call.ended)
			throw { code: 409, message: 'the call is over' };
		this.end(id, { status: call.answered ? 'completed' : failed ? 'failed' : 'canceled', ended_by: by, ...(reason && { reason }) });
		return { call };
	}

	on_call_reject({ call: id, code = 603, by = 'api' }) {
		return { call: this.end(id, { status: code === 486 ? 'busy' : 'failed', ended_by: by, sip_code: code }) };
	}

	on_call_claim({ call: id }) {
		const call = this.#call(id);
		call.claimed = true;
		return { call };
	}

	on_call_answer({ call: id }) {
		this.answer(id);
		return { call: this.#call(id) };
	}

	on_call_get({ call }) { return { call: this.#call(call) }; }
	on_call_list() { return { calls: [...this.calls.values()].filter(c => !c.ended) }; }
	on_call_play({ call }) { this.#call(call); return { call, play_id: this.nextPlay++ }; }
	on_call_stop({ call }) { return { call: this.#call(call) }; }
	on_call_collect({ call }) { return { call: this.#call(call) }; }
	on_call_send_digits({ call }) { return { call: this.#call(call) }; }
	on_call_record({ call, id = randomUUID() }) {
		this.#call(call).recording = { id, file: '/nowhere.wav', channels: 1, started: Date.now() };
		return { call, recording: this.#call(call).recording };
	}
	on_call_record_stop({ call }) { return { call: this.#call(call) }; }
	on_call_ring({ call }) { return { call: this.ring(call) }; }
	on_call_dial({ call, to, targets = [{ to }], from }) {
		const parent = this.#call(call);
		const calls = targets.filter(one => !this.refuse.has(one.to)).map(({ to, id = randomUUID() }) => this.create({ id, parent_call_id: call,
			direction: 'outbound', from: from ?? parent.from, to, account: parent.account }));
		return { call: calls[0], calls };
	}
	on_call_connect({ call, with: other }) {
		const parent = this.#call(call);
		if (parent.status !== 'in-progress')
			this.answer(call);
		this.bridge(call, other);
		return { call: parent };
	}
	on_call_bridge({ call, with: other }) { this.bridge(call, other); return { call: this.#call(call) }; }
	on_call_unbridge({ call }) { this.unbridge(call); return { call: this.#call(call) }; }
	on_call_echo({ call }) { return { call: this.#call(call) }; }
	on_call_refer({ call }) { return { call: this.#call(call) }; }
	#conference(id) {
		const conference = this.conferences.get(id) ?? [...this.conferences.values()].find(c => c.name === id && !c.ended);
		if (!conference || conference.ended)
			throw { code: 404, message: 'no such conference', data: { field: 'conference' } };
		return conference;
	}
	#conferenceEvent(method, conference, more = {}) {
		const { participants, ...told } = conference;
		this.event(method, { conference: told, ...more });
	}
	on_conference_create({ id = randomUUID(), name, account = 'default', max_participants = 250 }) {
		if ([...this.conferences.values()].some(c => !c.ended && c.name === name && c.account === account))
			throw { code: 409, message: 'There is a conference of this name already.', data: { field: 'name' } };
		const conference = { id, name, account, status: 'init', created: Date.now(), participant_count: 0, max_participants, participants: [] };
		this.conferences.set(id, conference);
		this.#conferenceEvent('conference.state', conference);
		return { conference };
	}
	on_conference_get({ conference }) { return { conference: this.#conference(conference) }; }
	on_conference_add({ conference: id, call, muted = false }) {
		const conference = this.#conference(id), it = this.#call(call);
		const participant = { call, muted, hold: false, deaf: false, moderator: false, talking: false, joined: Date.now() };
		conference.participants.push(participant);
		conference.participant_count++;
		Object.assign(it, { conference: conference.name, conference_id: conference.id });
		if (conference.status === 'init') {
			Object.assign(conference, { status: 'in-progress', started: Date.now() });
			this.#conferenceEvent('conference.state', conference);
		}
		this.#conferenceEvent('conference.participant', conference, { what: 'join', participant });
		return { call: it };
	}
	#participant(call) {
		const conference = this.#conference(this.#call(call).conference_id);
		return { conference, participant: conference.participants.find(p => p.call === call) };
	}
	on_conference_mute({ call, muted }) {
		const { conference, participant } = this.#participant(call);
		participant.muted = muted;
		this.#conferenceEvent('conference.participant', conference, { what: muted ? 'mute' : 'unmute', participant });
		return { call: this.#call(call) };
	}
	on_conference_hold({ call, hold }) {
		this.#participant(call).participant.hold = hold;
		return { call: this.#call(call) };
	}
	on_conference_coach({ call, coaches }) {
		const { participant } = this.#participant(call);
		participant.coaches = coaches;
		if (!coaches)
			delete participant.coaches;
		return { call: this.#call(call) };
	}
	on_conference_play({ conference }) { return { conference: this.#conference(conference).id, play_id: this.nextPlay++ }; }
	on_conference_record({ conference: id, id: recording = randomUUID() }) {
		const conference = this.#conference(id);
		conference.recording = { id: recording, file: '/nowhere.wav', channels: 1, started: Date.now() };
		return { conference };
	}
	on_conference_record_pause({ conference }) { return { conference: this.#conference(conference) }; }
	on_conference_record_stop({ conference }) { return { conference: this.#conference(conference) }; }
	on_conference_remove({ call }) {
		const it = this.#call(call), { conference, participant } = this.#participant(call);
		conference.participants = conference.participants.filter(p => p !== participant);
		conference.participant_count--;
		delete it.conference;
		delete it.conference_id;
		this.#conferenceEvent('conference.participant', conference, { what: 'leave', participant });
		return { call: it };
	}
	on_conference_end({ conference: id }) {
		const conference = this.#conference(id);
		for (const { call } of conference.participants)
			this.end(call, { ended_by: 'api' });
		Object.assign(conference, { status: 'completed', ended: Date.now(), participants: [], participant_count: 0 });
		this.#conferenceEvent('conference.state', conference);
		return { conference };
	}
	on_switch_status() { return { switch: this.id, version: 'mock', calls: this.calls.size }; }
	on_registration_list() { return { registrations: [] }; }
	on_user_list() { return { users: [] }; }
	on_rate_find({ to, account = 'default', direction = 'outbound' }) {
		const number = '+' + to.replace(/\D/g, '');
		if (!number.startsWith('+1'))
			throw { code: 404, message: "The account's deck has no rate for that number.", data: { field: 'to' } };
		return { prefix: '+1', price: '0.60', price_unit: 'EUR', first_increment: 60, next_increment: 60, to: number, direction, account, deck: 'd' };
	}
	on_account_list() {
		const day_starts = Math.floor(Date.now() / 86400000) * 86400000;
		return { accounts: [{ name: 'other', sid: '2' }, { name: 'default', sid: 'b3877c40-da60-4998-90ad-b792e98472af', deck: 'd', price_unit: 'EUR',
			spent_today: '0.60', max_spend_day: '25.00', left_today: '24.40', day_starts, day_ends: day_starts + 86400000 }] };
	}
	on_trunk_list() { return { trunks: [] }; }

	// What happens to calls, as the test wants it.
	create(members) {
		const call = { id: randomUUID(), account: 'default', direction: 'inbound', status: 'queued', from: '+15550007777', to: '+15550009000',
			created: Date.now(), ...members };
		this.calls.set(call.id, call);
		this.event('call.state', { call });
		return call;
	}

	incoming(members = {}) {
		const call = this.create({ number: '+15550009000', ...members });
		this.event('call.incoming', { call });
		return call;
	}

	ring(id) {
		const call = this.#call(id);
		Object.assign(call, { status: 'ringing', ringing: Date.now() });
		this.event('call.state', { call });
		return call;
	}

	bridge(a, b) {
		for (const [one, other] of [[a, b], [b, a]])
			this.#call(one).bridge = other;
		for (const [one, other] of [[a, b], [b, a]])
			this.event('call.bridged', { call: this.#call(one), with: other });
	}

	unbridge(a) {
		const b = this.#call(a).bridge;
		for (const one of [a, b])
			delete this.#call(one).bridge;
		for (const [one, other] of [[a, b], [b, a]])
			this.event('call.unbridged', { call: this.#call(one), with: other });
	}

	answer(id) {
		const call = this.#call(id);
		Object.assign(call, { status: 'in-progress', answered: Date.now(), codec: 'PCMU' });
		this.event('call.state', { call });
		return call;
	}

	end(id, members = {}) {
		const call = this.#call(id);
		const ended = members.ended ?? Date.now();
		delete call.recording;
		Object.assign(call, { status: 'completed', ended, duration_ms: call.answered ? ended - call.answered : 0, ended_by: 'callee' }, members);
		this.event('call.state', { call });
		return call;
	}

	talking(id, call, talking) {
		this.#conferenceEvent('conference.talking', this.conferences.get(id), { call, talking });
	}

	conferenceRecorded(id, recording) {
		const conference = this.conferences.get(id);
		delete conference.recording;
		this.#conferenceEvent('conference.record_done', conference, { recording: { channels: 1, started: Date.now(), duration_ms: 1000, status: 'completed', ...recording } });
	}

	recorded(id, recording) {
		return this.event('call.record_done', { call: this.#call(id), recording: { id: this.#call(id).recording?.id, channels: 1, started: Date.now(), duration_ms: 1000,
			status: 'completed', ...recording } });
	}
}
