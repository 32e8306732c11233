// A million calls in the store: how long offhook-api takes for lists with every kind of filter, and for one call, as it says itself.
//   OFFHOOK_BUILD=build node tests/bench/million.mjs [CALLS]      (needs the sqlite3 command)
import { until } from '../api/harness.mjs';
import { filled } from './fill.mjs';
import { missed, ms, percentile, pin, row } from './measure.mjs';

const calls = Number(process.argv[2] ?? 1000000);
const api = await filled(calls);
pin(api.process.pid);
const some = (await api.get('/v1/voice/calls?page=1000&direction=outbound')).json.calls[0];
const q = encodeURIComponent;
for (const [name, url] of [
	['one call', `/${some.id}`], ['all', ''], ['page 1000', '?page=1000'], ['page 10000', '?page=10000'], ['page 20000', '?page=20000'],
	['page 6000 of status=completed', '?status=completed&page=6000'], ['page 5000 of outbound', '?direction=outbound&page=5000'],
	['page 5000 from 90 %', `?from=${q('+15550009000')}&page=5000`], ['page 4000 of some days', '?start_time_from=2023-11-16T00:00:00Z&start_time_to=2023-11-22T00:00:00Z&page=4000'], ['status=completed', '?status=completed'], ['status=busy', '?status=busy'],
	['status=queued (none)', '?status=queued'], ['direction=inbound', '?direction=inbound'], ['status and direction', '?status=completed&direction=outbound'],
	['from, 90 %', `?from=${q('+15550009000')}`], ['from, 1 %', `?from=${q('+15550009002')}`], ['to', `?to=${q(some.to)}`],
	['from and to', `?from=${q('+15550009000')}&to=${q(some.to)}`], ['from, status, direction', `?from=${q('+15550009000')}&status=busy&direction=inbound`],
	['a day', '?start_time_from=2023-11-15T00:00:00Z&start_time_to=2023-11-16T00:00:00Z'], ['since a day ago of the newest', `?start_time_from=2023-11-20T00:00:00Z`],
	['a day, busy', '?start_time_from=2023-11-15T00:00:00Z&start_time_to=2023-11-16T00:00:00Z&status=busy'],
]) {
	const times = [];
	let total;
	for (let i = 0; i < 9; i++) {
		const seen = api.log.length;
		total = (await api.get(`/v1/voice/calls${url}`)).json.total;
		const line = await until(() => api.log.slice(seen).find(l => l.includes('http.request method=GET')), 'the line in the log');
		times.push(Number(/ us=(\d+)/.exec(line)[1]) / 1000);
	}
	const worst = Math.max(...times);
	row(name, `median ${ms(percentile(times, 0.5))} worst ${ms(worst)} ms${total === undefined ? '' : ` (${total} calls)`}`, 'under 20 ms at the server', worst < 20);
}
await api.stop();
process.exitCode = missed() ? 1 : 0;
