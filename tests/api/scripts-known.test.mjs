// What is known of scripts in one place is known in the others: doc/scripts.md has every element, attribute and parameter that the compilers and
// dialects have, and the simulator's switch every request that the engine makes.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';

const read = file => fs.readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const strings = text => [...text.matchAll(/"((?:\\.|[^"\\])*)"/g)].map(m => m[1]).join('');
const words = text => text.split(/\s+/).filter(Boolean);
const doc = read('doc/scripts.md');
const section = title => doc.split(/^##+ /m).find(part => part.startsWith(title));

// The cells of the row whose first cell names `name`.
function row(part, name) {
	for (const line of part.split('\n')) {
		const cells = line.split('|').slice(1, -1).map(cell => cell.trim());
		if (cells.length && new RegExp(`(^|\\W)\`${name}\``).test(cells[0]))
			return cells;
	}
	return undefined;
}

const names = text => [...text.replace(/^```[^`]*^```/gm, '').matchAll(/`([^`]+)`/g)].map(m => m[1]);
// "statusCallback…" stands for all that begin so.
const has = (cells, name) => names(cells.join(' ')).some(n => n === name || n.split(':').at(-1) === name || (n.endsWith('…') && name.startsWith(n.slice(0, -1))));

function elements() {
	const source = read('daemon/api/script/twiml/grammar.c').replace(/\/\*[\s\S]*?\*\//g, '');
	const macros = new Map();
	for (const m of source.matchAll(/^#define (\w+)((?:[^\n]*\\\n)*[^\n]*)$/gm))
		macros.set(m[1], strings(m[2]));
	const value = text => strings(text.replace(/"(?:\\.|[^"\\])*"|\b[A-Z_]{3,}\b/g, m => (m[0] === '"' ? m : JSON.stringify(macros.get(m) ?? ''))));
	const table = /elements\[\] = \{([\s\S]*?)\n\};/.exec(source)[1];
	return [...table.matchAll(/\{\s*"([^"]+)",([\s\S]*?)\}(?=,|\s*$)/g)].map(m => {
		// commas between fields stand outside of strings
		const fields = m[2].split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/);
		return { name: m[1], attributes: words(value(fields[0])), children: words(value(fields[1])) };
	});
}

test('every element and attribute of TwiML is in the document', () => {
	const all = elements(), part = section('TwiML and LaML'), spoken = section('SSML');
	assert.ok(all.length > 50 && all.some(e => e.name === 'Dial' && e.attributes.includes('recordingStatusCallbackEvent')));
	const built = new Set(['Response']);
	for (const e of all)
		for (const child of e.children)
			if (!child.startsWith('!'))
				built.add(child);
	for (const { name, attributes, children } of all) {
		const cells = row(/^[a-z]/.test(name) ? spoken : part, name);
		if (!built.has(name)) { // named where it might stand
			assert.match(part, new RegExp(`\`${name}\``), `<${name}>`);
			continue;
		}
		assert.ok(cells, `<${name}> has no row`);
		for (const attribute of attributes) {
			const missing = attribute.startsWith('!'), found = has(missing ? cells.slice(3) : cells.slice(1, 3), attribute.replace('!', ''));
			assert.ok(found, `<${name} ${attribute.replace('!', '')}> is not in ${missing ? 'what is not built' : 'its attributes'}`);
		}
		for (const child of /^[a-z]/.test(name) || name === 'Say' ? [] : children)
			assert.ok(has(child.startsWith('!') ? cells.slice(3) : cells.slice(1, 3), child.replace('!', '')), `<${name}> with <${child}>`);
	}
});

test('every action and member of NCCO is in the document', () => {
	const source = read('daemon/api/script/ncco/actions.c') + read('daemon/api/script/ncco/connect.c'), part = section('NCCO');
	const actions = [...source.matchAll(/\{ "(\w+)", action_\w+ \}/g)].map(m => m[1]);
	assert.equal(actions.length, 9);
	for (const m of source.matchAll(/\nvoid action_(\w+)\(|\nstatic void action_(\w+)\(|object_only\(([^;]*)\);/g)) {
		if (!m[3]) {
			actions.current = m[1] ?? m[2];
			continue;
		}
		for (const member of words(strings(m[3]))) {
			const name = member.replace('!', '');
			if (name !== 'action' && name !== 'type')
				assert.ok(names(part).includes(name), `${name} is not in the document`);
			const cells = row(part, actions.current ?? '');
			if (cells && name !== 'action' && /^n,\s*action,/.test(m[3]))
				assert.ok(has(member === name ? cells.slice(1, 2) : cells.slice(2), name), `${actions.current} ${name}`);
		}
	}
	for (const action of actions)
		assert.ok(row(part, action), action);
});

test('every parameter of a request is in the document', () => {
	const part = section('Requests');
	const table = /names\[\] = \{([\s\S]*?)\n\};/.exec(read('daemon/api/dialect/script_names.c'))[1];
	for (const m of table.matchAll(/\{ "\w+", "(\w*)", (?:NULL|"\w+") \}/g))
		assert.ok(!m[1] || names(part).includes(m[1]), m[1]);
	for (const m of read('daemon/api/script/run_queue.c').matchAll(/go_on\(run,[^;"]*"([a-z-]+)"/g))
		assert.ok(names(part).includes(m[1]), m[1]);
});

test('the switch of a simulation knows what the engine asks for', () => {
	const known = new Set();
	for (const file of fs.readdirSync(new URL('../../daemon/api/simulate/', import.meta.url)))
		if (file.endsWith('.c'))
			for (const m of read(`daemon/api/simulate/${file}`).matchAll(/\{ "((?:call|conference)\.\w+)", on_/g))
				known.add(m[1]);
	let asked = 0;
	for (const file of fs.readdirSync(new URL('../../daemon/api/script/', import.meta.url)))
		if (file.endsWith('.c'))
			for (const m of read(`daemon/api/script/${file}`).matchAll(/(?:run_request|run_request_for|link_call|is_bridged\(row\)[^;]*|run->conference[^;]*)\([^;"]*"((?:call|conference)\.\w+)"/g)) {
				asked++;
				assert.ok(known.has(m[1]), `${m[1]} of ${file}`);
			}
	assert.ok(asked > 20);
});

test('every kind of entry of a transcript is in the document', () => {
	const part = section('Trying it');
	for (const file of fs.readdirSync(new URL('../../daemon/api/simulate/', import.meta.url)))
		if (file.endsWith('.c'))
			for (const m of read(`daemon/api/simulate/${file}`).matchAll(/transcript_add\([^;]*?, "(\w+)",/g))
				assert.ok(names(part).includes(m[1]), m[1]);
});
