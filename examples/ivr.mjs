// A menu of two levels. Run: node examples/ivr.mjs [PORT]; conf: number "+15550009000" { voice-url = "http://127.0.0.1:9000/" }
import http from 'node:http';

const respond = (...verbs) => `<?xml version="1.0" encoding="UTF-8"?>\n<Response>${verbs.join('')}</Response>`;
const say = text => `<Say>${text}</Say>`;

const pages = {
	'/': () => respond(
		`<Gather numDigits="1" timeout="5" action="/menu">${say('Welcome. For your account, press 1. For our opening hours, press 2. For a person, press 0.')}</Gather>`,
		say('We did not hear a key.'), '<Redirect>/</Redirect>'),
	'/menu': ({ Digits }) => {
		switch (Digits) {
		case '1': return respond(`<Gather numDigits="4" timeout="10" action="/account">${say('Please enter the four digits of your customer number.')}</Gather>`,
			'<Redirect>/</Redirect>');
		case '2': return respond(say('We are here from nine to five, Monday to Friday.'), '<Redirect>/</Redirect>');
		case '0': return respond('<Dial timeout="20" action="/after">alice</Dial>');
		default: return respond(say('That is none of the choices.'), '<Redirect>/</Redirect>');
		}
	},
	// one by one: "1 2 3 4" is spoken as four digits
	'/account': ({ Digits }) => respond(say(`Thank you, customer ${[...Digits].filter(c => /\d/.test(c)).join(' ')}. Goodbye.`), '<Hangup/>'),
	'/after': ({ DialCallStatus }) => respond(DialCallStatus === 'completed' ? '<Hangup/>' : say('Nobody can take your call now.') + '<Redirect>/</Redirect>'),
};

http.createServer((request, response) => {
	const url = new URL(request.url, 'http://localhost');
	let body = '';
	request.setEncoding('utf8').on('data', text => { body += text; }).on('end', () => {
		const parameters = Object.fromEntries([...url.searchParams, ...new URLSearchParams(body)]);
		const page = pages[url.pathname];
		console.log(url.pathname, parameters.CallSid, parameters.CallStatus, parameters.Digits ?? '');
		response.writeHead(page ? 200 : 404, { 'content-type': 'text/xml' }).end(page?.(parameters));
	});
}).listen(process.argv[2] ?? 9000, '127.0.0.1', function () { console.log(`ready: http://127.0.0.1:${this.address().port}/`); });
