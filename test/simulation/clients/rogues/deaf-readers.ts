import { apiKey } from '../../seed-plan.ts';
import { HttpLine } from '../http-line.ts';
import { SocketLine } from '../socket-line.ts';
import type { Misdeed, RogueDeps } from './rogue.ts';

/** So many subscriptions to everything on one socket: more than the server may hold for it. */
const subscriptions = 12;
/** Longer than this nobody who does not read is kept, milliseconds: 30 s without a byte, and what closing takes. */
const toleratedMs = 60_000;

/** Asks for everything many times over and reads nothing of it (F45). */
export const neverReads: Misdeed = async (deps) => {
  if (deps.chance.happens(0.3)) return neverReadsStream(deps);
  await deafSocket(deps, () => undefined);
};

/** The same, with a byte taken now and then. */
export const sips: Misdeed = async (deps) => {
  await deafSocket(deps, (socket) => socket.sip(1));
};

async function deafSocket(deps: RogueDeps, sip: (socket: SocketLine) => void): Promise<void> {
  const { context, chance, lives } = deps;
  const line = deps.connect(chance.whole(2, 40));
  if (line === null) return;
  const life = lives();
  const ended = { isOver: false };
  const socket: SocketLine = new SocketLine(
    line,
    { secret: apiKey },
    {
      onOpen: () => {
        for (let index = 0; index < subscriptions; index += 1) {
          const id = `deaf ${index}`;
          socket.send({ type: 'subscribe', id, consumer: 'deaf', from: 'earliest', window: 0 });
        }
        socket.stopReading();
      },
      onText: () => undefined,
      onEnd: () => {
        ended.isOver = true;
      },
    },
  );
  for (let waitedMs = 0; waitedMs < toleratedMs && !ended.isOver; waitedMs += 5_000) {
    await context.time.sleep(5_000);
    sip(socket);
    deps.bounds.check();
  }
  if (ended.isOver && lives() === life) context.reach('reader closed as too slow');
  socket.cut();
}

async function neverReadsStream({ context, chance, connect, lives, bounds }: RogueDeps): Promise<void> {
  const end = connect(chance.whole(2, 40));
  if (end === null) return;
  const life = lives();
  const line = new HttpLine(end);
  const headers = { authorization: `Bearer ${apiKey}` };
  void line.ask({ method: 'GET', path: '/v1/events/stream', headers });
  end.pause();
  for (let waitedMs = 0; waitedMs < toleratedMs && !line.isOver; waitedMs += 5_000) {
    await context.time.sleep(5_000);
    bounds.check();
  }
  if (line.isOver && lives() === life) context.reach('stream closed as too slow');
  line.cut();
}
