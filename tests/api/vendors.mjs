// Calls in the words of Twilio, SignalWire and Vonage, without those vendors' packages: a call is made, and a callback is read and its
// signature held against what doc/dialects.md says.
import assert from 'node:assert/strict';
import { createHash, createHmac, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const UUID = 'b3877c40-da60-4998-90ad-b792e98472af', AC = `AC${UUID.replaceAll('-', '')}`, TOKEN = 'secret-of-default';
const APPLICATION = 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab', SECRET = 'signature-secret-0123456789', WAIT = '<Response><Pause length="60"/></Response>';
const keys = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
const part = value => Buffer.from(JSON.stringify(value)).toString('base64url');

// What the account's section of a conf needs for all of them, with the file that it names. remove() at the end.
export function vendorAccount() {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'offhook-vendors-')), file = path.join(dir, 'vonage.pem');
	fs.writeFileSync(file, keys.publicKey);
	return { account: `vonage-application = "${APPLICATION}" vonage-public-key-file = "${file}" vonage-signature-secret = "${SECRET}"`, remove: () => fs.rmSync(dir, { recursive: true }) };
}

export function vonageToken(more = {}) {
	const now = Math.floor(Date.now() / 1000), text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ application_id: APPLICATION, jti: randomUUID(), iat: now, exp: now + 900, ...more })}`;
	return `Bearer ${text}.${createSign('RSA-SHA256').update(text).sign(keys.privateKey, 'base64url')}`;
}

const basic = account => `Basic ${Buffer.from(`${account}:${TOKEN}`).toString('base64')}`;

function laml(name, account, header) {
	return {
		name,
		headers: () => ({ authorization: basic(account) }),
		list: size => `/2010-04-01/Accounts/${account}/Calls.json?PageSize=${size}`,
		// {ids, next} of a page
		page: body => ({ ids: body.calls.map(c => c.sid), next: body.next_page_uri }),
		form: ({ to, from, callback }) => ({
			method: 'POST', path: `/2010-04-01/Accounts/${account}/Calls.json`, type: 'application/x-www-form-urlencoded',
			body: new URLSearchParams([['To', to], ['From', from], ['Twiml', WAIT], ...callback ? [['StatusCallback', callback], ...['initiated', 'ringing', 'answered', 'completed'].map(e => ['StatusCallbackEvent', e])] : []]).toString(),
		}),
		idOf: body => body.sid,
		statuses: ['initiated', 'ringing', 'in-progress', 'completed'],
		// {id, status, n}: what a callback says; n is its place, where it has one
		read({ headers, body, form }, url) {
			const signed = url + [...form].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0).flat().join('');
			assert.equal(headers[header], createHmac('sha1', TOKEN).update(signed).digest('base64'), body);
			assert.equal(form.get('AccountSid'), account);
			return { id: form.get('CallSid'), status: form.get('CallStatus'), n: Number(form.get('SequenceNumber')) };
		},
	};
}

export const twilio = laml('twilio', AC, 'x-twilio-signature');
export const signalwire = laml('signalwire', UUID, 'x-signalwire-signature');
export const vonage = {
	name: 'vonage',
	headers: () => ({ authorization: vonageToken() }),
	list: size => `/v1/calls?order=desc&page_size=${size}`,
	page: body => ({ ids: body._embedded.calls.map(c => c.uuid), next: body._links.next && new URL(body._links.next.href).pathname + new URL(body._links.next.href).search }),
	form: ({ to, from, callback }) => ({
		method: 'POST', path: '/v1/calls', type: 'application/json',
		body: JSON.stringify({ to: [{ type: 'phone', number: to.slice(1) }], from: { type: 'phone', number: from.slice(1) }, ncco: [{ action: 'talk', text: 'Wait.', loop: 0 }], ...callback && { event_url: [callback] } }),
	}),
	idOf: body => body.uuid,
	statuses: ['started', 'ringing', 'answered', 'completed'],
	read({ headers, body }) {
		const [head, claims, signature] = headers.authorization.replace('Bearer ', '').split('.');
		assert.equal(signature, createHmac('sha256', SECRET).update(`${head}.${claims}`).digest('base64url'));
		assert.equal(JSON.parse(Buffer.from(claims, 'base64url')).payload_hash, createHash('sha256').update(body).digest('hex'));
		const event = JSON.parse(body);
		return { id: event.uuid, status: event.status, n: vonage.statuses.indexOf(event.status) };
	},
};
export const vendors = [twilio, signalwire, vonage];

// Makes a call in that dialect. Resolves to {status, body}.
export async function place(base, vendor, wish) {
	const { method, path: at, type, body } = vendor.form(wish);
	const reply = await fetch(base + at, { method, headers: { ...vendor.headers(), 'content-type': type }, body });
	return { status: reply.status, body: await reply.json() };
}
