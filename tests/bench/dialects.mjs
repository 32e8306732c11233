// What the other vendors' dialects cost, one core for offhook-api:
//   OFFHOOK_BUILD=build node tests/bench/dialects.mjs [lists|post|callbacks] … [CALLS]      (lists need the sqlite3 command; CALLS: 1,000,000)
// lists: a page of 1,000 (or of as many as the dialect allows) out of a million, and from it what each further call costs to render.
// post: calls made by forms, durable before 201. callbacks: what telling a whole call costs, in each dialect.
import { once } from 'node:events';
import http from 'node:http';
import { Api, until } from '../api/harness.mjs';
import { place, signalwire, twilio, vendorAccount, vonage, vonageToken } from '../api/vendors.mjs';
import { QUALITY, filled } from './fill.mjs';
import { Connection, cpuUs, latency, missed, ms, percentile, pin, request, row, us } from './measure.mjs';

const names = process.argv.slice(2).filter(a => !/^\d/.test(a)), calls = Number(process.argv.slice(2).find(a => /^\d/.test(a)) ?? 1000000);
const files = vendorAccount(), KEY = 'key-of-default';

async function get(api, path, headers) {
	const reply = await fetch(api.base + path, { headers }), text = await reply.text();
	if (reply.status !== 200)
		throw new Error(`${path}: ${reply.status} ${text}`);
	return JSON.parse(text);
}

// CPU [us] of one request, and how long the server says it took [ms]; the median of several.
async function costOf(api, path, headers, times) {
	const each = [], took = [];
	for (let i = 0; i < times; i++) {
		const seen = api.log.length, cpu = cpuUs(api.process.pid);
		await get(api, path, headers());
		each.push(cpuUs(api.process.pid) - cpu);
		const line = await until(() => api.log.slice(seen).find(l => l.includes('http.request method=GET')), 'the line in the log');
		took.push(Number(/ us=(\d+)/.exec(line)[1]) / 1000);
	}
	return { cpu: percentile(each, 0.5), took: percentile(took, 0.5), worst: Math.max(...took) };
}

const lists = [
	['telefonie', size => `/v1/voice/calls?page_size=${size}`, () => ({ 'x-api-key': KEY }), 100],
	['twilio', twilio.list, twilio.headers, 1000],
	['signalwire', signalwire.list, signalwire.headers, 1000],
	['vonage', vonage.list, vonage.headers, 100],
	['vcita', size => `/v3/communication/voice_calls?per_page=${size}`, () => ({ authorization: `Bearer ${KEY}` }), 100],
];

const benches = {
	async lists() {
		const api = await filled(calls, { account: files.account });
		pin(api.process.pid);
		for (const [name, path, headers, most] of lists) {
			await costOf(api, path(most), headers, 3);
			const many = await costOf(api, path(most), headers, 25), one = await costOf(api, path(1), headers, 25), each = (many.cpu - one.cpu) / (most - 1);
			row(`${name}: each call of a list`, `${us(each)} us of CPU`, 'under 50 us', each < 50);
			row(`  a page of ${most} out of ${calls}`, `median ${ms(many.took)} worst ${ms(many.worst)} ms at the server, ${ms(many.cpu / 1000)} ms of CPU`, most === 1000 ? 'under 30 ms' : '', most === 1000 ? many.took < 30 : undefined);
		}
		for (const [name, path] of [['last page of 1,000, by its token', `${twilio.list(1000)}&Page=999&PageToken=PB00000000000003e9`], ['Status=busy', `${twilio.list(1000)}&Status=busy`], ['To', `${twilio.list(50)}&To=%2B15550000077`]]) {
			const { took, worst } = await costOf(api, path, twilio.headers, 9);
			row(`twilio: ${name}`, `median ${ms(took)} worst ${ms(worst)} ms`, 'under 30 ms', took < 30);
		}
		for (const query of ['status=missed', 'status=answered%20by%20vonage', 'status=incoming%20call', 'from_number=15550009002', 'to_number=15550000077', 'client_uid=x', 'staff_uid=x', 'page=10000']) {
			const { took, worst } = await costOf(api, `/v3/communication/voice_calls?${query}`, lists[4][2], 9);
			row(`vcita: ${query}`, `median ${ms(took)} worst ${ms(worst)} ms`, 'under 20 ms', query === 'page=10000' ? undefined : took < 20);
		}
		await api.stop();
	},
	async post() {
		const api = await Api.start({ logLevel: 'info', account: files.account });
		pin(api.process.pid);
		const { path, body, type } = twilio.form({ to: '+15550001001', from: '+15550009000' }), { authorization } = twilio.headers();
		const text = request(KEY, 'POST', path, body).replace(/content-type: [^\r]*/i, `Content-Type: ${type}`).replace(/x-api-key: [^\r]*/i, `Authorization: ${authorization}`);
		const busy = async each => (await Promise.all(Array.from({ length: 32 }, async () => {
			const took = [];
			for (let i = 0; i < each; i++)
				took.push(await Connection.take(api.port).ask(text));
			return took;
		}))).flat();
		await busy(10);
		const cpu = cpuUs(api.process.pid), start = performance.now(), took = await busy(150), each = (cpuUs(api.process.pid) - cpu) / took.length;
		row('POST Calls.json, 32 at a time, durable before 201', `${us(each)} us of CPU each: ${Math.round(1e6 / each)} a second on one core`, '2,000 a second', each <= 500);
		row('  here, beside the load and the mock switch', `${Math.round(took.length / (performance.now() - start) * 1000)} a second; ${latency(took)}`, '');
		Connection.closeAll();
		await api.stop();
	},
	// Whole calls, with callbacks and without: the difference, by callback. Each dialect in turn, twice, so that what else the machine does meets all.
	async callbacks() {
		const api = await Api.start({ logLevel: 'info', account: files.account }), { mock, process: { pid } } = api;
		pin(pid);
		let count = 0;
		const sink = http.createServer((request, response) => { count++; request.resume().on('end', () => response.end()); }).listen(0, '127.0.0.1');
		await once(sink, 'listening');
		const telefonie = { name: 'telefonie', headers: () => ({ 'x-api-key': KEY }),
			form: ({ to, from, callback }) => ({ method: 'POST', path: '/v1/voice/calls', type: 'application/json', body: JSON.stringify({ to, from, status_callback: callback, script: '<Response><Pause length="60"/></Response>' }) }) };
		const ids = [];
		mock.on('call.originate', ({ id }) => ids.push(id));
		const CALLS = 400, sums = new Map(), { stats } = JSON.parse(QUALITY);
		const run = async (vendor, told) => {
			const callback = told ? `http://127.0.0.1:${sink.address().port}/` : undefined, before = count, cpu = cpuUs(pid);
			for (let i = 0; i < CALLS; i += 20) {
				const replies = await Promise.all(Array.from({ length: 20 }, () => place(api.base, vendor, { to: '+15550001001', from: '+15550009000', callback })));
				if (replies.some(r => r.status !== 201))
					throw new Error(JSON.stringify(replies[0].body));
				for (const id of ids.splice(0)) {
					mock.ring(id);
					mock.answer(id);
					mock.end(id);
					mock.event('call.quality', { call: mock.calls.get(id), final: true, stats });
				}
			}
			await until(() => mock.acked.get(mock.id) === mock.seq && (!told || count - before >= 4 * CALLS), 'the callbacks');
			return (cpuUs(pid) - cpu) / CALLS;
		};
		for (const vendor of [telefonie, twilio, signalwire, vonage]) // warm
			await run(vendor, true);
		for (let round = 0; round < 3; round++)
			for (const vendor of [telefonie, twilio, signalwire, vonage])
				for (const told of [false, true])
					sums.set(`${vendor.name} ${told}`, [...sums.get(`${vendor.name} ${told}`) ?? [], await run(vendor, told)]);
		const of = name => (Math.min(...sums.get(`${name} true`)) - Math.min(...sums.get(`${name} false`))) / 4, ours = of('telefonie');
		for (const name of ['telefonie', 'twilio', 'signalwire', 'vonage'])
			row(`a status callback of ${name}`, `${us(of(name))} us of CPU, ${(of(name) / ours).toFixed(2)} of ours`, name === 'signalwire' ? 'at most 1.30' : '', name === 'signalwire' ? of(name) <= 1.3 * ours : undefined);
		sink.closeAllConnections();
		sink.close();
		await api.stop();
	},
};

try {
	for (const name of names.length ? names : Object.keys(benches))
		await benches[name]();
} finally {
	files.remove();
}
process.exitCode = missed() ? 1 : 0;
