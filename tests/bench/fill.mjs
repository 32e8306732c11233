// A store with many calls, for the benches of lists: three numbers of our own of very different size, many far ends, statuses as they come in life.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { Api } from '../api/harness.mjs';

// The newest of them are as the switch tells them, with what it measured of their media; the others are short, so that the disk is not full of them.
const FULL = 5000;
const SNAPSHOT = JSON.stringify({ id: 'd4126383-775d-4e5b-ac64-ebdd9f819fcf', account: 'default', direction: 'outbound', status: 'completed', from: '+15550009000', to: '+15550001002', user: 'bob',
	created: 1795861094443, ringing: 1795861094465, answered: 1795861094465, ended: 1795861095667, duration_ms: 1202, ended_by: 'callee', q850: 16, reason: 'The called party hung up.', claimed: true,
	media: { said: '127.0.0.1:28092', to: '127.0.0.1:28092' }, codec: 'PCMU', sip_call_id: '9ebb59a4-f4bb-4ab3-9a40-ed85bc862b29' });
const span = { min: 0.125, mean: 1.5, max: 4.75 };
export const QUALITY = JSON.stringify({ seq: 7, time: 1795861095668, switch: 'e8e8097d-e02b-4ff6-8a95-02ad056bb67a', call: JSON.parse(SNAPSHOT), final: true, stats: { rx_packets: 60, rx_bytes: 10320, tx_packets: 60,
	tx_bytes: 10320, rx_lost: 0, rx_late: 0, rx_duplicate: 0, rx_foreign: 0, rx_malformed: 0, far_lost: 0, rx_concealed_ms: 0, rx_digit_packets: 0, tx_digit_packets: 0, rx_flushed: 0, rx_skipped: 0, rx_ptime_ms: 20,
	rx_unauthentic: 0, rx_replayed: 0, jitter_ms: span, far_jitter_ms: span, buffer_ms: span, rtt_ms: span, mos_in: 4.41, mos_out: 4.39, codec: 'PCMU', ptime_ms: 20, said: '127.0.0.1:28092', to: '127.0.0.1:28092' } });

// An API that runs on a store with so many calls of the account "default". Needs the sqlite3 command.
export async function filled(calls, options = {}) {
	const api = await Api.start({ logLevel: 'debug', ...options });
	api.process.kill('SIGTERM');
	await api.exited;
	execFileSync('sqlite3', [path.join(api.dir, 'state/offhook.db'), `
	PRAGMA synchronous = OFF;
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${calls})
	INSERT INTO calls (id, account, direction, status, from_address, to_address, created, answered, ended, duration_ms, started, snapshot)
	SELECT lower(hex(randomblob(4))) || '-0000-4000-8000-' || printf('%012x', i), 'default', CASE i % 3 WHEN 0 THEN 'inbound' ELSE 'outbound' END,
	 CASE i % 10 WHEN 0 THEN 'busy' WHEN 1 THEN 'no-answer' WHEN 2 THEN 'failed' ELSE 'completed' END,
	 CASE i % 3 WHEN 0 THEN printf('+1555%07d', i % 50000) ELSE own END, CASE i % 3 WHEN 0 THEN own ELSE printf('+1555%07d', i % 50000) END, 1700000000000 + i * 1000, 1700000000000 + i * 1000 + 500, 1700000000000 + i * 1000 + 30500, 30000, 1700000000000 + i * 1000 + 500,
	 CASE WHEN i > ${calls - FULL} THEN '${SNAPSHOT}' ELSE '{"id":"x","reason":"The callee hung up.","ended_by":"callee","sip_code":200}' END
	FROM (SELECT i, CASE WHEN i % 100 < 90 THEN '+15550009000' WHEN i % 100 < 99 THEN '+15550009001' ELSE '+15550009002' END AS own FROM n);
	INSERT INTO events (call, n, time, type, account, data) SELECT nr, 1, ended, 'call.quality', account, '${QUALITY}' FROM calls WHERE nr > ${calls - FULL};
	UPDATE calls SET last_event = 1 WHERE nr > ${calls - FULL};`], { stdio: 'inherit' });
	await api.launch();
	await api.ready();
	return api;
}
