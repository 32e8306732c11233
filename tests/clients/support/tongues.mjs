// The dialects side by side: how each makes, reads and ends the same call, what it calls its states, and what its callbacks are like.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { KEY } from '../../sip/support/harness.mjs';
import { lookAtReplies, vendors } from './vendors.mjs';
import { APPLICATION, SECRET, keys } from './vonage.mjs';
import { Voice } from './voice.mjs';

const require = createRequire(import.meta.url);
const { Vonage } = require('@vonage/server-sdk');
const { verifySignature } = require('@vonage/jwt');

const FROM = '+15550009000', WAIT = '<Response><Pause length="60"/></Response>', EVENTS = ['initiated', 'ringing', 'answered', 'completed'];
// In the order of a call's life.
const SAME = { queued: 'queued', ringing: 'ringing', 'in-progress': 'in-progress', completed: 'completed', canceled: 'canceled', busy: 'busy', failed: 'failed', 'no-answer': 'no-answer' };
const THEIRS = { queued: 'started', ringing: 'ringing', 'in-progress': 'answered', completed: 'completed', canceled: 'cancelled', busy: 'busy', failed: 'failed', 'no-answer': 'timeout' };


async function telefonie(world) {
	const voice = await Voice.open(world.api, KEY);
	return {
		name: 'telefonie', words: SAME,
		create: async (to, callback) => (await voice.dial({ to, from: FROM, script: WAIT, status_callback: callback })).id,
		read: async id => {
			const call = await voice.get(`/calls/${id}`);
			return { id: call.id, status: call.status, to: call.to, from: call.from, outbound: call.direction === 'outbound' };
		},
		listed: async () => (await voice.get('/calls?page_size=50')).calls.map(c => c.id),
		end: id => voice.end(id),
		told: ({ headers, method, body }) => {
			const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['offhook-signature']);
			assert.equal(mac, createHmac('sha256', 'token').update(`${time}.${body}`).digest('hex'));
			assert.equal(headers['content-type'], 'application/json');
			const event = JSON.parse(body);
			assert.deepEqual([method, event.type, event.call_id], ['POST', 'call.state', event.call.id]);
			return { id: event.call_id, status: event.call.status };
		},
	};
}

function laml(vendor) {
	return async world => {
		const client = lookAtReplies(vendor.open(world.api));
		const plain = sid => sid.replace(/^CA(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
		return {
			name: vendor.name, words: SAME,
			create: async (to, statusCallback) => {
				const { sid } = await client.calls.create({ to, from: FROM, twiml: WAIT, statusCallback, statusCallbackEvent: EVENTS });
				assert.equal(sid, vendor.sid('CA', plain(sid)), 'ids are written as this vendor does');
				return plain(sid);
			},
			read: async id => {
				const call = await client.calls(vendor.sid('CA', id)).fetch();
				return { id: plain(call.sid), status: call.status, to: call.to, from: call.from, outbound: call.direction === 'outbound-api' };
			},
			listed: async () => (await client.calls.list({ limit: 50 })).map(c => plain(c.sid)),
			end: async id => {
				const { status } = await client.calls(vendor.sid('CA', id)).fetch();
				await client.calls(vendor.sid('CA', id)).update({ status: status === 'in-progress' ? 'completed' : 'canceled' });
			},
			told: ({ headers, method, body, form }, url) => {
				assert.ok(vendor.validate(headers, url, Object.fromEntries(form)), `${vendor.name} says that its signature is wrong: ${body}`);
				assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
				assert.deepEqual([method, form.get('AccountSid'), form.get('CallSid')], ['POST', vendor.account, vendor.sid('CA', plain(form.get('CallSid')))]);
				return { id: plain(form.get('CallSid')), status: form.get('CallStatus').replace('initiated', 'queued') };
			},
		};
	};
}

async function vonage(world) {
	const { voice } = new Vonage({ applicationId: APPLICATION, privateKey: keys.privateKey }, { apiHost: world.api });
	const number = n => ({ type: 'phone', number: n.slice(1) });
	return {
		name: 'vonage', words: THEIRS,
		create: async (to, callback) => {
			const made = await voice.createOutboundCall({ to: [number(to)], from: number(FROM), eventUrl: [callback], ncco: [{ action: 'talk', text: 'Please wait.', loop: 0 }] });
			assert.equal(made.conversationUUID, `CON-${made.uuid}`);
			return made.uuid;
		},
		read: async id => {
			const call = await voice.getCall(id);
			return { id: call.uuid, status: call.status, to: `+${call.to.number}`, from: `+${call.from.number}`, outbound: call.direction === 'outbound' };
		},
		listed: async () => (await voice.search({ pageSize: 50, order: 'desc' }))._embedded.calls.map(c => c.uuid),
		end: id => voice.hangupCall(id),
		told: ({ headers, method, body }) => {
			const jwt = headers.authorization.replace('Bearer ', ''), claims = JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url'));
			assert.ok(verifySignature(jwt, SECRET));
			assert.equal(claims.payload_hash, createHash('sha256').update(body).digest('hex'));
			const event = JSON.parse(body);
			assert.deepEqual([method, event.conversation_uuid, event.direction], ['POST', `CON-${event.uuid}`, 'outbound']);
			return { id: event.uuid, status: event.status };
		},
	};
}

// Reads and notes; it has no way to end a call.
export async function vcita(world) {
	const ask = async (method, path, body) => {
		const reply = await fetch(`${world.api}/v3/communication/voice_calls${path}`, { method, headers: { authorization: `Bearer ${KEY}`, ...body && { 'content-type': 'application/json' } }, body: body && JSON.stringify(body) });
		const text = await reply.text();
		assert.ok(reply.ok, text);
		return text ? JSON.parse(text).data : undefined;
	};
	return {
		name: 'vcita',
		words: { queued: 'incoming call', ringing: 'incoming call', 'in-progress': 'answered by vonage', completed: 'answered by vonage', canceled: 'missed', busy: 'missed', failed: 'missed', 'no-answer': 'missed' },
		read: async id => {
			const call = await ask('GET', `/${id}`);
			return { id: call.uid, status: call.status, to: `+${call.to_number}`, from: `+${call.from_number}`, outbound: call.direction === 'outbound' };
		},
		listed: async () => (await ask('GET', '?per_page=50')).map(c => c.uid),
		log: async call => (await ask('POST', '', call)).uid,
		note: (id, notes) => ask('PUT', `/${id}`, notes),
		forget: id => ask('DELETE', `/${id}`),
	};
}

export const tongues = [telefonie, ...vendors.map(laml), vonage];
