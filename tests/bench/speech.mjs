// How long until something is heard of a sentence that was not spoken before, and whether anybody waits for it:
//   OFFHOOK_BUILD=build node tests/bench/speech.mjs
// From the answer, as the switch tells it, to the call.play of the file; one core for offhook-api, with its threads for speech.
import { Api, KEY } from '../api/harness.mjs';
import { Connection, cpuUs, latency, missed, percentile, pin, request, row } from './measure.mjs';

const WORDS = {
	'': 'morning river table window garden letter market summer winter silver yellow number doctor teacher engine bottle'.split(' '),
	de: 'Morgen Fluss Tisch Fenster Garten Brief Markt Sommer Winter Silber Nummer Arzt Lehrer Motor Flasche Brücke'.split(' '),
};
let drawn = 1;
// Ten words, never the same.
function sentence(language) {
	const words = WORDS[language];
	return Array.from({ length: 10 }, () => {
		drawn = (drawn * 1103515245 + 12345) % 2147483648;
		return words[Math.floor(drawn / 65536) % words.length];
	}).join(' ') + '.';
}

const say = {
	'ten words of English': () => `<Say>${sentence('')}</Say>`,
	'ten words of German': () => `<Say language="de-DE">${sentence('de')}</Say>`,
	'ten words with markup': () => `<Say>${sentence('')} <emphasis>now</emphasis></Say>`,
};

const api = await Api.start({ logLevel: 'info' });
pin(api.process.pid);

async function first(text) {
	const { call_id, id } = await api.create({ script: `<Response>${text}</Response>` });
	const play = api.mock.request('call.play', p => p.call === (call_id ?? id));
	const begun = performance.now();
	api.mock.answer(call_id ?? id);
	await play;
	const took = performance.now() - begun;
	api.mock.end(call_id ?? id);
	return took;
}

try {
	for (const [name, make] of Object.entries(say)) {
		const took = [];
		await first(make()); // voices are read at their first use
		const before = cpuUs(api.process.pid);
		for (let i = 0; i < 100; i++)
			took.push(await first(make()));
		const cpu = (cpuUs(api.process.pid) - before) / took.length / 1000;
		row(`first audio, ${name}`, `${latency(took)}; ${cpu.toFixed(1)} ms of CPU`, '200 ms', percentile(took, 0.99) <= 200);
	}
	let going = true;
	const others = Promise.all(Array.from({ length: 8 }, async () => {
		while (going)
			await first(say['ten words of English']());
	}));
	const loop = [], text = request(KEY, 'GET', '/v1/voice/numbers');
	for (let i = 0; i < 300; i++)
		loop.push(await Connection.take(api.port).ask(text));
	going = false;
	await others;
	row('a GET while eight sentences are spoken all the time', latency(loop), 'p50 10 ms', percentile(loop, 0.5) <= 10);
} finally {
	Connection.closeAll();
	await api.stop();
}
process.exitCode = missed() ? 1 : 0;
