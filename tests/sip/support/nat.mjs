// A NAT made of network namespaces: outside (198.51.100.1) and inside (192.168.77.2, .3), and a router between them whose nftables
// masquerade, with other ports than those inside.
import { execFileSync } from 'node:child_process';

const run = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
let made = 0;

export const OUTSIDE = '198.51.100.1', PUBLIC = '198.51.100.2', INSIDE = '192.168.77.2', BESIDE = '192.168.77.3';

export class Nat {
	names = [];

	// `rules`: more of nft(8), in the table that there is.
	constructor({ rules = [] } = {}) {
		const id = `${process.pid}-${++made}`;
		this.ns = Object.fromEntries(['outside', 'router', 'inside'].map(name => [name, `offhook-${id}-${name}`]));
		try {
			this.#build(id, rules);
		} catch (error) {
			this.remove();
			throw error;
		}
	}

	#build(id, rules) {
		for (const name of Object.values(this.ns)) {
			run('ip', 'netns', 'add', name);
			this.names.push(name);
			this.#ip(name, 'link', 'set', 'lo', 'up');
		}
		this.#connect('outside', [`${OUTSIDE}/24`], `${PUBLIC}/24`, `o${id}`);
		this.#connect('inside', [`${INSIDE}/24`, `${BESIDE}/24`], '192.168.77.1/24', `i${id}`);
		this.#ip(this.ns.inside, 'route', 'add', 'default', 'via', '192.168.77.1');
		this.#set('ipv4/ip_forward', 1);
		for (const rule of ['add table ip nat', 'add chain ip nat post { type nat hook postrouting priority 100 ; }',
			'add chain ip nat pre { type nat hook prerouting priority -100 ; }', 'add rule ip nat post oifname "outside" masquerade random',
			'add table ip filter', 'add chain ip filter forward { type filter hook forward priority 0 ; policy drop ; }',
			'add rule ip filter forward iifname "inside" accept', 'add rule ip filter forward ct state established,related accept',
			'add rule ip filter forward ct status dnat accept', ...rules])
			this.router('nft', rule);
	}

	// Two ends of a cable: one here, one at the router.
	#connect(side, here, there, cable) {
		run('ip', 'link', 'add', `${cable}a`.slice(-15), 'type', 'veth', 'peer', 'name', `${cable}b`.slice(-15));
		for (const [end, ns, name, addresses] of [[`${cable}a`, this.ns[side], 'eth0', here], [`${cable}b`, this.ns.router, side, [there]]]) {
			run('ip', 'link', 'set', end.slice(-15), 'netns', ns, 'name', name);
			for (const address of addresses)
				this.#ip(ns, 'addr', 'add', address, 'dev', name);
			this.#ip(ns, 'link', 'set', name, 'up');
		}
	}

	#ip(ns, ...args) {
		run('ip', '-n', ns, ...args);
	}

	#set(name, value) {
		this.router('sh', '-c', `echo ${value} >/proc/sys/net/${name}`);
	}

	router(...command) {
		return run(...this.within('router'), ...command);
	}

	// How long the router keeps a way of UDP open that nothing passes [s].
	keepWays(seconds) {
		for (const name of ['nf_conntrack_udp_timeout', 'nf_conntrack_udp_timeout_stream'])
			this.#set(`netfilter/${name}`, seconds);
	}

	// The ways of UDP that are open, to this port outside.
	ways(port) {
		return this.router('cat', '/proc/net/nf_conntrack').split('\n').filter(line => / udp /.test(line) && line.includes(`dport=${port} `)).length;
	}

	// The command that runs something there.
	within(side) {
		return ['ip', 'netns', 'exec', this.ns[side]];
	}

	remove() {
		for (const name of this.names)
			run('ip', 'netns', 'del', name);
		this.names = [];
	}
}

// Why there can be none here; undefined when there can.
export function natIsMissing() {
	if (process.getuid() !== 0)
		return 'network namespaces need root';
	let nat;
	try {
		nat = new Nat();
		nat.keepWays(30);
		nat.ways(5060);
	} catch (error) {
		return `no network namespaces with a NAT here: ${String(error.stderr ?? error.message).trim().split('\n').pop()}`;
	} finally {
		nat?.remove();
	}
	return undefined;
}
