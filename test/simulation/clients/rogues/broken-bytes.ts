import { apiKey } from '../../seed-plan.ts';
import { problemOf } from '../answer-check.ts';
import { HttpLine } from '../http-line.ts';
import { opcodes } from '../socket-line.ts';
import { ProbeSocket } from './probe-socket.ts';
import type { Misdeed, RogueDeps } from './rogue.ts';

/** What is sent on a socket, and what it must be closed with. */
const frames: readonly { readonly opcode: number; readonly payload: Buffer; readonly code: number }[] = [
  { opcode: opcodes.text, payload: Buffer.from('no JSON at all'), code: 4501 },
  { opcode: opcodes.text, payload: Buffer.from('[1]'), code: 4501 },
  { opcode: opcodes.binary, payload: Buffer.from([1, 2, 3]), code: 4501 },
  { opcode: opcodes.text, payload: Buffer.alloc(70_000, 0x20), code: 1009 },
  { opcode: opcodes.text, payload: Buffer.from([0xff, 0xfe]), code: 1007 },
  { opcode: 5, payload: Buffer.alloc(0), code: 1002 },
];

/** Sends what is no frame and no request, or stays without a key (F50, as a broken proxy does). */
export const sendsBrokenBytes: Misdeed = async (deps) => {
  await brokenFrame(deps);
  await withoutKey(deps);
  await brokenRequest(deps);
};

async function brokenFrame(deps: RogueDeps): Promise<void> {
  const { opcode, payload, code } = deps.chance.pick(frames);
  const probe = await ProbeSocket.open(deps, apiKey);
  if (probe === null) return;
  probe.line.sendFrame(opcode, payload);
  const found = await probe.closed();
  probe.line.cut();
  if (found === null || found === 4001) return;
  if (found !== code) deps.context.report(`F50 a broken frame closed with ${found}, not ${code}`);
  else deps.context.reach('socket closed for a broken frame');
}

async function withoutKey(deps: RogueDeps): Promise<void> {
  const { chance, context } = deps;
  const probe = await ProbeSocket.open(deps, null);
  if (probe === null) return;
  if (chance.happens(0.5)) probe.send({ type: 'auth', token: 'of nobody' });
  const found = await probe.closed(15_000);
  probe.line.cut();
  if (found !== null && found !== 4001 && found !== 4500) context.report(`F50 no key closed with ${found}`);
  if (found === 4500) context.reach('socket closed without a key');
}

async function brokenRequest({ chance, connect, context }: RogueDeps): Promise<void> {
  const { ask, code } = chance.pick([
    { ask: { method: 'GET', path: '/v1/transactions' }, code: 'unauthorized' },
    { ask: { method: 'POST', path: '/v1/transactions', body: '{"chain":', headers: keyed }, code: 'malformed_json' },
    {
      ask: { method: 'POST', path: '/v1/transactions', body: '{"chain":"x"}', headers: keyed },
      code: 'invalid_request',
    },
    { ask: { method: 'PUT', path: '/v1/transactions', headers: keyed }, code: 'method_not_allowed' },
    { ask: { method: 'GET', path: '/v1/nothing', headers: keyed }, code: 'not_found' },
    { ask: { method: 'GET', path: '/v1/events?limit=0', headers: keyed }, code: 'invalid_request' },
    { ask: { method: 'NO METHOD', path: 'no path' }, code: 'bad_request' },
  ]);
  const end = connect(5);
  if (end === null) return;
  const line = new HttpLine(end);
  context.time.after(10_000, () => line.cut());
  const answer = await line.ask(ask);
  line.cut();
  if (answer === null || answer.status === 503) return;
  const found = problemOf(answer)?.code ?? null;
  if (found !== code) context.report(`F50 ${JSON.stringify(ask)} gave ${answer.status} ${answer.text}`);
}

const keyed = { authorization: `Bearer ${apiKey}` };
