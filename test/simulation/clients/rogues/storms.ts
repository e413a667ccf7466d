import { apiKey } from '../../seed-plan.ts';
import { SocketLine } from '../socket-line.ts';
import type { Misdeed } from './rogue.ts';

/** Comes back every 100 ms, or with fifty connections at once, and is gone again at once (F47). */
export const reconnectStorm: Misdeed = async (deps) => {
  const { chance, context } = deps;
  const isAtOnce = chance.happens(0.5);
  const count = isAtOnce ? 50 : 30;
  for (let index = 0; index < count; index += 1) {
    const lastsMs = chance.between(0, 400);
    const line = deps.connect(5);
    if (line !== null) {
      const socket: SocketLine = new SocketLine(
        line,
        { secret: apiKey },
        {
          onOpen: () => socket.send({ type: 'subscribe', id: 'q', consumer: 'storm', from: 'latest', window: 1 }),
          onText: () => undefined,
          onEnd: () => undefined,
        },
      );
      context.time.after(lastsMs, () => (index % 3 === 0 ? socket.close() : socket.cut()));
    }
    if (!isAtOnce) await context.time.sleep(100);
  }
  context.reach(isAtOnce ? 'fifty connections at once' : 'connections every 100 ms');
};
