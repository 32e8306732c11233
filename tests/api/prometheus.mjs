// Prometheus' text format, read as strictly as promtool does, and promtool itself where it is.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

function labelsOf(text, line) {
	const labels = {};
	let rest = text;
	while (rest) {
		const found = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:\\[\\"n]|[^\\"\n])*)"(,|$)/.exec(rest);
		assert.ok(found, `labels of ${line}`);
		assert.ok(!(found[1] in labels), `a label twice: ${line}`);
		labels[found[1]] = found[2].replace(/\\(.)/g, (_, c) => c === 'n' ? '\n' : c);
		rest = rest.slice(found[0].length);
	}
	return labels;
}

// {families: Map name → {type, help, samples: [{name, labels, value}]}, value(name, labels), all(name)}
export function parse(text) {
	const families = new Map(), seen = new Set();
	let current;
	assert.ok(text.endsWith('\n'));
	for (const line of text.slice(0, -1).split('\n')) {
		const head = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
		if (head?.[1] === 'HELP') {
			assert.ok(!families.has(head[2]), `${head[2]} begins twice`);
			families.set(head[2], current = { name: head[2], help: head[3], samples: [] });
		} else if (head) {
			assert.equal(head[2], current.name);
			assert.ok(['counter', 'gauge', 'histogram'].includes(head[3]), line);
			current.type = head[3];
		} else {
			const found = /^([^{ ]+)(?:\{(.*)\})? (\S+)$/.exec(line);
			assert.ok(found && NAME.test(found[1]), `no sample: ${line}`);
			const value = Number(found[3]);
			assert.ok(Number.isFinite(value), line);
			const plain = current.type === 'histogram' ? found[1].replace(/_(bucket|sum|count)$/, '') : found[1];
			assert.equal(plain, current.name, `${line} stands in another family`);
			const key = line.slice(0, line.lastIndexOf(' '));
			assert.ok(!seen.has(key), `twice: ${key}`);
			seen.add(key);
			current.samples.push({ name: found[1], labels: labelsOf(found[2] ?? '', line), value });
		}
	}
	for (const { name, type, samples } of families.values())
		if (type === 'histogram')
			checkHistogram(name, samples);
	const fits = (labels, wanted) => Object.entries(wanted).every(([k, v]) => labels[k] === v);
	const all = (name, wanted = {}) => [...families.values()].flatMap(f => f.samples).filter(s => s.name === name && fits(s.labels, wanted));
	return { families, all, value: (name, wanted) => all(name, wanted).reduce((sum, s) => (sum ?? 0) + s.value, undefined) };
}

function checkHistogram(name, samples) {
	const series = new Map();
	for (const { name: sample, labels: { le, ...labels }, value } of samples) {
		const key = JSON.stringify(labels);
		const one = series.get(key) ?? series.set(key, { buckets: [] }).get(key);
		if (le !== undefined)
			one.buckets.push({ le: le === '+Inf' ? Infinity : Number(le), value });
		else
			one[sample.slice(name.length + 1)] = value;
	}
	for (const { buckets, count, sum } of series.values()) {
		assert.equal(buckets.at(-1).le, Infinity, name);
		assert.equal(buckets.at(-1).value, count, `${name}_count`);
		assert.ok(sum >= 0, `${name}_sum`);
		buckets.slice(1).forEach((bucket, i) => assert.ok(bucket.le > buckets[i].le && bucket.value >= buckets[i].value, `${name}: ${JSON.stringify(buckets)}`));
	}
}

export const hasPromtool = !spawnSync('promtool', ['--version']).error;
export const skipWithoutPromtool = !hasPromtool && 'promtool is not there (Debian: prometheus)';

export function promtool(args, input, options = {}) {
	const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8', ...options });
	assert.equal(status, 0, `promtool ${args.join(' ')}:\n${stdout}${stderr}`);
	return stdout;
}
