// Scripts: an editor with the compiler's opinion under it. What is written stays in this page, and goes with it.
import { post } from './api.js';
import { h } from './dom.js';

export const title = 'Scripts';

const CHECK_AFTER_MS = 300;
let text = '<Response>\n  <Gather numDigits="1" action="https://example.com/menu">\n    <Say>For sales, press 1. For support, press 2.</Say>\n  </Gather>\n</Response>\n';

const isJson = script => /^\s*[[{]/.test(script);

function problemItem(problem, editor) {
	const go = () => {
		const lines = editor.value.split('\n');
		const at = lines.slice(0, problem.line - 1).reduce((sum, line) => sum + line.length + 1, 0) + Math.max(0, (problem.column ?? 1) - 1);
		editor.focus();
		editor.setSelectionRange(at, at);
	};
	return h('li', { class: problem.severity === 'error' ? 'bad' : undefined }, h('button.small', { onclick: go }, `Line ${problem.line}`), ` ${problem.severity}${problem.element ? `, ${problem.element}` : ''}${problem.attribute ? ` ${problem.attribute}` : ''}: ${problem.message}`);
}

export function show(main, { isShown }) {
	const editor = h('textarea', { id: 'editor', spellcheck: 'false', 'aria-describedby': 'verdict' });
	const verdict = h('p', { id: 'verdict', role: 'status' }), problems = h('ul.problems');
	let timer, turn = 0;
	const check = async () => {
		const mine = ++turn;
		try {
			const said = await post('scripts/check', text, { type: isJson(text) ? 'application/json' : 'text/xml' });
			if (mine !== turn || !isShown())
				return;
			const errors = said.problems.filter(problem => problem.severity === 'error').length, warnings = said.problems.length - errors + said.more_problems;
			verdict.className = errors ? 'bad' : '';
			verdict.textContent = errors ? `It does not run: ${errors} ${errors === 1 ? 'error' : 'errors'}${warnings ? `, ${warnings} further` : ''}.`
				: `It runs: ${said.steps} ${said.steps === 1 ? 'step' : 'steps'}${warnings ? `, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}` : ''}.`;
			problems.replaceChildren(...said.problems.map(problem => problemItem(problem, editor)));
		} catch (error) {
			if (mine === turn && isShown()) {
				verdict.className = 'bad';
				verdict.textContent = error.message;
				problems.replaceChildren();
			}
		}
	};
	editor.value = text;
	editor.addEventListener('input', () => {
		text = editor.value;
		clearTimeout(timer);
		timer = setTimeout(check, CHECK_AFTER_MS);
	});
	main.append(h('h1', {}, 'Scripts'), h('label', { for: 'editor' }, 'TwiML, or NCCO in JSON'), editor, verdict, problems);
	check();
	return () => clearTimeout(timer);
}
