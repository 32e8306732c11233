// Requests whose addresses cannot be read, or are longer than any address of ours, are refused at once (RFC 3261 sections 8.2.2.1, 21.4.12), and not challenged again and again.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import net from 'node:net';
import { scenario } from './support/harness.mjs';
import { Signal } from './support/wait.mjs';

let last = 0;
const request = (transport, method, uri, user) => {
	const id = ++last;
	return { id: `legible-${id}`, text: [`${method} ${uri} SIP/2.0`, `Via: SIP/2.0/${transport} 127.0.0.1:9;rport;branch=z9hG4bKlegible${id}`, 'Max-Forwards: 70',
		`From: <sip:${user}@127.0.0.1>;tag=a`, `To: <sip:${user}@127.0.0.1>`, `Call-ID: legible-${id}`, `CSeq: 1 ${method}`, 'Contact: <sip:a@127.0.0.1:9>', 'Content-Length: 0', '', ''].join('\r\n') };
};

// A way to send, and all that came back, as {id, status}.
async function wire(transport, host) {
	const signal = new Signal(), answers = [];
	let text = '';
	const take = data => {
		text += data;
		for (let end; (end = text.indexOf('\r\n\r\n')) >= 0; text = text.slice(end + 4)) {
			const head = text.slice(0, end);
			answers.push({ id: /^Call-ID: *(\S+)/mi.exec(head)[1], status: Number(head.split(' ')[1]) });
		}
		signal.notify();
	};
	const final = id => signal.until(() => answers.find(answer => answer.id === id && answer.status >= 200)?.status, `an answer to ${id}`);
	if (transport === 'TCP') {
		const socket = net.connect(5060, host).on('data', take);
		await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
		return { answers, final, send: text => socket.write(text), close: () => socket.destroy() };
	}
	const socket = dgram.createSocket('udp4').on('message', take);
	await new Promise(resolve => socket.bind(0, '127.0.0.1', resolve));
	return { answers, final, send: text => socket.send(text, 5060, host), close: () => socket.close() };
}

for (const transport of ['UDP', 'TCP'])
	scenario(`what cannot be read is refused, over ${transport}`, {}, async (world, control) => {
		const { host } = world, way = await wire(transport, host), long = 'a'.repeat(600);
		let refused; // an INVITE
		try {
			for (const method of ['REGISTER', 'INVITE', 'OPTIONS', 'MESSAGE'])
				for (const [uri, user, wanted] of [
					[`sip:${host}`, long, 400], [`sip:${long}@${host}`, 'alice', 414], [`sip:bob@${long}.example`, 'alice', 414],
					[`sip:bo b@${host}`, 'alice', 400], [`sip:bo\tb@${host}`, 'alice', 400], [`"bob" sip:bob@${host}`, 'alice', 400],
					[`sip:bob@${host};pn-prid=${long}`, 'alice', method === 'OPTIONS' ? 200 : method === 'REGISTER' ? 401 : method === 'INVITE' ? 407 : 405],
				]) {
					const { id, text } = request(transport, method, uri, user);
					way.send(text);
					refused ??= method === 'INVITE' && wanted === 400 ? id : undefined;
					assert.equal(await way.final(id), wanted, `${method} ${uri.slice(0, 40)} of ${user.slice(0, 10)}`);
				}
			const torn = request(transport, 'ACK', `sip:bo b@${host}`, 'alice'), then = request(transport, 'OPTIONS', `sip:${host}`, 'alice');
			way.send(torn.text);
			way.send(then.text);
			assert.equal(await way.final(then.id), 200);
			assert.ok(!way.answers.some(({ id }) => id === torn.id), 'an ACK is never answered');
		} finally {
			way.close();
		}
		const { messages } = await control.call('call.trace', { sip_call_id: refused });
		assert.deepEqual(messages.map(({ code, sent }) => [sent, code]).filter(([, code]) => code), [[true, 400]]);
	});
