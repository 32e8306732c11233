// Documents, and servers of them, that mean harm or are out of their minds: each call ends with what was wrong in its record, or goes on past it with a
// warning; offhook-api stays what it was, and so does the call next to it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { MARK, doc, mark, script } from './support/script.mjs';
import { poll } from './support/wait.mjs';
import { writeWav } from './support/rtp.mjs';

const xml = body => ({ headers: { 'content-type': 'text/xml' }, body });
const json = body => ({ headers: { 'content-type': 'application/json' }, body });
const MB = 1 << 20;

const gzip = body => ({ headers: { 'content-type': 'text/xml', 'content-encoding': 'gzip' }, body: gzipSync(body) });

// Sends as long as somebody listens.
function endless(response, headers) {
	const block = Buffer.alloc(65536, ' ');
	response.writeHead(200, headers);
	const more = () => {
		while (!response.destroyed && response.write(block))
			;
	};
	response.on('drain', more).on('error', () => {});
	more();
	return { sent: true };
}

const bomb = (() => {
	let text = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaaaaaaaaaaaa">';
	for (const [i, name] of [...'bcdefghij'].entries())
		text += `<!ENTITY ${name} "${`&${'abcdefghi'[i]};`.repeat(20)}">`;
	return `${text}]><Response><Say>&j;</Say></Response>`;
})();

// What ends a call: [page, what its record says].
const ends = {
	'entities that grow without bound': [xml(bomb), /entity reference loop/],
	'10 MB of elements': [xml(doc('<Pause length="0"/>'.repeat(10 * MB / 19))), /larger than/],
	'10 MB of text': [xml(doc(`<Say>${'a'.repeat(10 * MB)}</Say>`)), /larger than/],
	'10 MB that were 10 kB of gzip': [gzip(Buffer.alloc(10 * MB, '<a>')), /larger than/],
	'200 MB that were 200 kB of gzip': [gzip(Buffer.alloc(200 * MB)), /too large/],
	'an answer that never ends': [(_, response) => endless(response, { 'content-type': 'text/xml' }), /too large/],
	'80,000 elements in each other': [xml('<a>'.repeat(80000)), /XML is broken: .*depth/],
	'80,000 elements in each other, as they should be': [xml(doc('<Gather>'.repeat(80000))), /larger than|XML is broken/],
	'250,000 lists in each other': [json('['.repeat(250000)), /maximum parsing depth/],
	'600 steps': [doc('<Leave/>'.repeat(600)), /more than 500 steps/],
	'600 actions': [json(JSON.stringify(Array(600).fill({ action: 'talk', text: 'Hello' }))), /500/],
	'UTF-16 that is none': [xml('<?xml version="1.0" encoding="utf-16"?><Response><Hangup/></Response>'), /none of its encoding/],
	'an encoding that does not exist': [{ headers: { 'content-type': 'text/xml; charset=klingon' }, body: doc('') }, /encoding is not known/],
	'bytes that are no UTF-8': [xml(Buffer.from('<Response><Say>\xff\xfe\xc0\xaf</Say></Response>', 'latin1')), /none of its encoding/],
	'a NUL in it': [xml('<Response><Say>a\0b</Say></Response>'), /NUL/],
	'JSON that is no UTF-8': [json(Buffer.from('[{"action":"talk","text":"\xff"}]', 'latin1')), /JSON is broken/],
	'another root': [xml('<html><body>It works!</body></html>'), /root element must be <Response>/],
	'half a document': [xml('<Response><Say>Hello'), /XML is broken/],
	'a server that breaks off': [{ destroy: true }, /could not be fetched/],
	'a redirection to itself': [({ web }) => ({ status: 302, headers: { location: `${web}/voice` } }), /too many redirects/],
	'a redirection to a file': [{ status: 302, headers: { location: 'file:///etc/passwd' } }, /no http or https URL/],
	'a document that leads to itself': [doc('<Redirect>/voice</Redirect>'), /circles/],
	'two documents that lead to each other, by an action': [doc('<Dial action="/voice">nobody</Dial>'), /circles/],
};

// What is passed over, and then the mark is heard.
const passes = {
	'an entity from outside': xml('<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + doc(`<Say>&x;</Say>${mark}`)),
	'a document type from elsewhere': ({ web }) => xml(`<?xml version="1.0"?><!DOCTYPE r SYSTEM "${web}/dtd">${doc(mark)}`),
	'490 elements that do nothing': doc('<Leave/>'.repeat(490) + mark),
	'490 pauses of nothing': doc('<Pause length="0"/>'.repeat(490) + mark),
	'a Gather with 480 prompts': doc(`<Gather timeout="1">${'<Pause length="0"/>'.repeat(480)}</Gather>${mark}`),
	'a Dial of 1,000 who are nobody': doc(`<Dial>${'<Number>nobody</Number>'.repeat(1000)}</Dial>${mark}`),
	'a sound that never ends': doc(`<Play>/endless</Play>${mark}`),
	'a sound that is a page': doc(`<Play>/page</Play>${mark}`),
	'a sound that is shorter than it says': doc(`<Play>/lie</Play>${mark}`),
	'3,000 unknown elements and attributes': doc(Array.from({ length: 3000 }, (_, i) => `<X${i} a${i}="1"/>`).join('') + mark),
	'numbers out of all range': doc(`<Pause length="-1"/><Say loop="1e9">Hi</Say><Gather timeout="1" numDigits="99999999999999999999"/>${mark}`),
};

const liar = () => {
	const wav = writeWav({ rate: 8000, seconds: 0.1, frequency: 800 });
	wav.writeUInt32LE(0x7fffffff, 4);
	wav.writeUInt32LE(0x7ffffff0, 40);
	return wav;
};

const RSS_MAX = process.env.ASAN_OPTIONS ? 800000 : 200000; // [kB]: a sanitizer keeps what is freed
const rss = world => Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${world.apiProcess.pid}/status`, 'utf8'))[1]);

// Whether the API answers; while a document is looked at, too.
async function answers(world) {
	assert.equal((await world.http('GET', '/v1/voice/calls')).status, 200);
}

script('documents that mean harm end their calls with what was wrong', { log: 'info' }, async (line, _, world) => {
	for (const [what, [page, says]] of Object.entries(ends)) {
		line.pages['/voice'] = typeof page === 'function' ? (form, request, response) => page(world, response) : page;
		const before = line.asked.length, call = await line.call();
		const { form: { CallSid } } = await poll(() => line.asked[before], `the request of ${what}`);
		await answers(world);
		const record = await line.over(CallSid), { status } = await call.final();
		assert.equal(record.status, status === 200 ? 'completed' : 'failed', what);
		assert.match(record.reason, says, what);
		assert.ok(status === 200 || status >= 500, `${what}: ${status}`);
		const errors = (await line.events(CallSid)).filter(({ type }) => type === 'script.error');
		assert.ok(errors.length || /circles/.test(record.reason), what);
	}
	assert.ok(rss(world) < RSS_MAX, `${rss(world)} kB`);
});

script('documents that ask for what cannot be are passed over', { log: 'info' }, async (line, _, world) => {
	Object.assign(line.pages, {
		'/endless': (form, request, response) => endless(response, { 'content-type': 'audio/wav' }),
		'/page': { headers: { 'content-type': 'audio/wav' }, body: '<html>Not here</html>' },
		'/lie': { headers: { 'content-type': 'audio/wav' }, body: liar() },
	});
	for (const [what, page] of Object.entries(passes)) {
		line.pages['/voice'] = typeof page === 'function' ? () => page(world) : page;
		const call = await line.answered();
		await call.rtp.hear(MARK, `the script to go on behind ${what}`);
		await answers(world);
		await call.bye();
	}
	assert.equal(line.forms('/dtd').length, 0);
	assert.ok(rss(world) < RSS_MAX, `${rss(world)} kB`);
});
