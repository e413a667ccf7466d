import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SessionList } from '../../src/ports/session-list.ts';

export interface SessionListFixture {
  readonly sessions: SessionList;
  /** The same sessions, met from another process. */
  readonly otherNode: SessionList;
  /** Lets at least this much time pass for what ends by itself. */
  pass(durationMs: number): Promise<void>;
  dispose(): Promise<void>;
}

/** What the port `SessionList` promises while its service is there. */
export function sessionListSuite(name: string, create: () => Promise<SessionListFixture>): void {
  describe(`session list: ${name}`, () => {
    let fixture: SessionListFixture;
    let sessions: SessionList;
    beforeEach(async () => {
      fixture = await create();
      sessions = fixture.sessions;
    });
    afterEach(() => fixture.dispose());

    test('lists who is connected, on any node, in the order of their ids', async () => {
      await sessions.put('a', 's', { id: '2', text: 'node x' }, 60_000);
      await fixture.otherNode.put('a', 's', { id: '1', text: 'node y' }, 60_000);
      await sessions.put('a', 's', { id: '2', text: 'node z' }, 60_000);
      expect(await fixture.otherNode.list('a', 's')).toEqual([
        { id: '1', text: 'node y' },
        { id: '2', text: 'node z' },
      ]);
    });

    test('who left is not listed, and tenants and subscribers are apart', async () => {
      await sessions.put('a', 's', { id: '1', text: '' }, 60_000);
      await sessions.put('a', 't', { id: '1', text: 'stays' }, 60_000);
      await sessions.put('b', 's', { id: '1', text: 'stays' }, 60_000);
      await fixture.otherNode.remove('a', 's', '1');
      await sessions.remove('a', 's', 'nobody');
      expect(await sessions.list('a', 's')).toEqual([]);
      expect(await sessions.list('a', 't')).toEqual([{ id: '1', text: 'stays' }]);
      expect(await sessions.list('b', 's')).toEqual([{ id: '1', text: 'stays' }]);
      expect(await sessions.list('nobody', 's')).toEqual([]);
    });

    test('a session that is not put again in time has ended; one that is goes on', async () => {
      await sessions.put('a', 's', { id: 'ends', text: '' }, 100);
      await sessions.put('a', 's', { id: 'goes on', text: '' }, 100);
      await sessions.put('a', 's', { id: 'goes on', text: '' }, 60_000);
      await fixture.pass(100);
      expect(await sessions.list('a', 's')).toEqual([{ id: 'goes on', text: '' }]);
    });
  });
}
