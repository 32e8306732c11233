// Callers wait in a queue; who calls the other number takes the first of them. Run: node examples/queue.mjs [PORT];
// conf: number "+15550009000" { voice-url = "http://127.0.0.1:9000/" }   number "+15550009010" { voice-url = "http://127.0.0.1:9000/agent" }
import http from 'node:http';

const respond = (...verbs) => `<?xml version="1.0" encoding="UTF-8"?>\n<Response>${verbs.join('')}</Response>`;

const pages = {
	'/': () => respond('<Say>All our people are busy.</Say>', '<Enqueue waitUrl="/wait" action="/left" maxQueueSize="50">support</Enqueue>'),
	// asked again and again while a caller waits
	'/wait': ({ QueuePosition, QueueTime }) => QueueTime > 600 ? respond('<Leave/>') : respond(`<Say>You are number ${Number(QueuePosition)}.</Say>`, '<Pause length="10"/>'),
	'/left': ({ QueueResult }) => respond(...{
		bridged: [], hangup: [],
		'queue-full': ['<Say>Too many people are waiting. Please call later.</Say>'],
		leave: ['<Say>We are sorry that nobody was free. Goodbye.</Say>'],
	}[QueueResult] ?? ['<Say>Something went wrong. Goodbye.</Say>'], '<Hangup/>'),
	'/agent': () => respond('<Dial action="/next"><Queue url="/announce">support</Queue></Dial>', '<Say>Nobody is waiting.</Say>', '<Pause length="5"/>', '<Redirect>/agent</Redirect>'),
	// heard by the caller right before the two talk
	'/announce': () => respond('<Say>You are connected now.</Say>'),
	'/next': () => respond('<Redirect>/agent</Redirect>'),
};

http.createServer((request, response) => {
	const url = new URL(request.url, 'http://localhost');
	let body = '';
	request.setEncoding('utf8').on('data', text => { body += text; }).on('end', () => {
		const page = pages[url.pathname];
		response.writeHead(page ? 200 : 404, { 'content-type': 'text/xml' })
			.end(page?.(Object.fromEntries([...url.searchParams, ...new URLSearchParams(body)])));
	});
}).listen(process.argv[2] ?? 9000, '127.0.0.1', function () { console.log(`ready: http://127.0.0.1:${this.address().port}/`); });
