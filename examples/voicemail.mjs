// Rings a phone, and takes a message when nobody answers. Run: node examples/voicemail.mjs [PORT];
// conf: number "+15550009000" { voice-url = "http://127.0.0.1:9000/" }
import http from 'node:http';

const PHONE = process.env.PHONE ?? 'alice';
const respond = (...verbs) => `<?xml version="1.0" encoding="UTF-8"?>\n<Response>${verbs.join('')}</Response>`;

const pages = {
	'/': () => respond(`<Dial timeout="15" answerOnBridge="true" action="/after">${PHONE}</Dial>`),
	'/after': ({ DialCallStatus }) => DialCallStatus === 'completed' ? respond('<Hangup/>') : respond(
		'<Say>Nobody is here. Please leave a message after the beep, and press the hash key when you are done.</Say>',
		'<Record maxLength="120" finishOnKey="#" action="/thanks" recordingStatusCallback="/ready"/>',
		// only reached when nothing was said
		'<Say>We did not hear anything. Goodbye.</Say>'),
	'/thanks': () => respond('<Say>Thank you. Goodbye.</Say>', '<Hangup/>'),
	'/ready': ({ RecordingUrl, RecordingDuration, From }) => {
		console.log(`message of ${RecordingDuration} s${From ? ` from ${From}` : ''}: ${RecordingUrl}`);
		return '';
	},
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
