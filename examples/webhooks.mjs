// A receiver of webhooks that believes only what Offhook has signed. Start it with the account's auth-token (without one: its first API key):
//   OFFHOOK_TOKEN=… node examples/webhooks.mjs [PORT]
// and place a call with "status_callback": "http://127.0.0.1:9001/".
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const OLDEST_S = 300;

// Whether `header`, the Offhook-Signature, is that of `body` (a Buffer or string, as it came) and not an old one sent again.
export function isSigned(header, body, token, now = Date.now() / 1000) {
	const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header ?? '') ?? [];
	if (!mac || Math.abs(now - Number(time)) > OLDEST_S)
		return false;
	const right = createHmac('sha256', token).update(`${time}.`).update(body).digest();
	return timingSafeEqual(right, Buffer.from(mac, 'hex'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const port = process.argv[2] ?? 9001;
	createServer(async (request, response) => {
		const chunks = [];
		for await (const chunk of request)
			chunks.push(chunk);
		const body = Buffer.concat(chunks), good = isSigned(request.headers['offhook-signature'], body, process.env.OFFHOOK_TOKEN);
		response.writeHead(good ? 204 : 403).end(); // what is no 2xx is tried again
		const event = good && JSON.parse(body);
		console.log(good ? `${event.delivery} ${event.type} ${event.call?.status ?? ''} ${event.call_id ?? event.conference_id}` : 'refused: not signed by Offhook');
	}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/`));
}
