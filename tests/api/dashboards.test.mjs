// contrib/grafana and contrib/prometheus: every expression is good, and asks for what there is (doc/metrics.md, which tests/sip/metrics-api.test.mjs holds
// against what is served).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promtool, skipWithoutPromtool } from './prometheus.mjs';

const top = new URL('../../', import.meta.url).pathname;
const read = file => fs.readFileSync(path.join(top, file), 'utf8');
const documented = new Map([...read('doc/metrics.md').matchAll(/^\| `(offhook_\w+)` \| (\w+) \| ([^|]*)\|/gm)]
	.map(([, name, type, labels]) => [name, { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(m => m[1]) }]));
const dashboards = fs.readdirSync(path.join(top, 'contrib/grafana')).filter(name => name.endsWith('.json'));

// A metric as an expression names it, with the labels that it is asked by.
function checkNames(expression, where) {
	let found = 0;
	for (const [, name, , selector = ''] of expression.matchAll(/\b(offhook_\w+)(\{([^}]*)\})?/g)) {
		const plain = name.replace(/_(bucket|sum|count)$/, '');
		const metric = documented.get(name) ?? (documented.get(plain)?.type === 'histogram' ? documented.get(plain) : undefined);
		assert.ok(metric, `${where}: there is no ${name}`);
		assert.ok(metric.type !== 'histogram' || name !== plain, `${where}: ${name} is a histogram`);
		for (const [, label] of selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
			assert.ok([...metric.labels, 'instance', 'job', 'le'].includes(label), `${where}: ${name} has no ${label}`);
		found++;
	}
	return found;
}

const plain = expression => expression.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*');

function expressions(dashboard) {
	const panels = dashboard.panels.flatMap(panel => [panel, ...(panel.panels ?? [])]);
	return [...panels.flatMap(panel => (panel.targets ?? []).map(({ expr }) => [panel.title, plain(expr)])),
		...dashboard.annotations.list.map(({ name, expr }) => [name, plain(expr)])];
}

function inFile(name, text, use) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'offhook-rules-'));
	try {
		fs.writeFileSync(path.join(dir, name), text);
		return use(path.join(dir, name));
	} finally {
		fs.rmSync(dir, { recursive: true });
	}
}

test('dashboards ask for metrics that there are, by labels that they have', () => {
	assert.ok(documented.size > 80 && dashboards.length > 0);
	for (const file of dashboards) {
		const dashboard = JSON.parse(read(`contrib/grafana/${file}`));
		for (const [title, expression] of expressions(dashboard)) {
			assert.ok(checkNames(expression, `${file}, ${title}`) > 0, `${file}, ${title}: asks for nothing`);
			assert.ok(!expression.includes('$'), `${file}, ${title}: ${expression}`);
		}
		const ids = dashboard.panels.map(panel => panel.id);
		assert.equal(new Set(ids).size, ids.length, 'ids of panels');
		for (const { title, gridPos: { x, w } } of dashboard.panels)
			assert.ok(x + w <= 24, `${title} is too wide`);
	}
});

test('promtool reads every expression of the dashboards', { skip: skipWithoutPromtool }, () => {
	for (const file of dashboards) {
		const rules = expressions(JSON.parse(read(`contrib/grafana/${file}`))).map(([, expr], i) => ({ record: `panel:${i}`, expr }));
		const said = inFile('rules.yml', JSON.stringify({ groups: [{ name: 'panels', rules }] }), name => promtool(['check', 'rules', name]));
		assert.match(said, new RegExp(`${rules.length} rules found`));
	}
});

test('alerts ask for metrics that there are, are described and are tested', () => {
	const alerts = read('contrib/prometheus/alerts.yml'), tests = read('contrib/prometheus/alerts_test.yml'), doc = read('doc/metrics.md');
	const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(m => m[1]);
	assert.ok(names.length > 10);
	assert.ok(checkNames(alerts, 'alerts.yml') >= names.length);
	checkNames(tests.replace(/^#.*$/gm, ''), 'alerts_test.yml');
	assert.deepEqual([...doc.matchAll(/^\| `(Offhook\w+)` \|/gm)].map(m => m[1]), names, 'doc/metrics.md has them, in their order');
	for (const name of names) {
		assert.match(tests, new RegExp(`alertname: ${name}, exp_alerts: \\[\\]`), `${name} is quiet while all is well`);
		assert.match(tests, new RegExp(`alertname: ${name}\n +exp_alerts:\n +- exp_labels`), `${name} fires`);
	}
});

test('promtool: alerts are good, and fire when they should', { skip: skipWithoutPromtool }, () => {
	const cwd = path.join(top, 'contrib/prometheus');
	promtool(['check', 'rules', 'alerts.yml'], undefined, { cwd });
	promtool(['test', 'rules', 'alerts_test.yml'], undefined, { cwd });
});

test('promtool: the example of doc/metrics.md is one', { skip: skipWithoutPromtool }, () => {
	const [, example] = /```\n(scrape_configs:\n[\s\S]*?)```/.exec(read('doc/metrics.md'));
	inFile('prometheus.yml', example, name => promtool(['check', 'config', '--syntax-only', name]));
});
