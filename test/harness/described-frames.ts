import type { ServerFrame, TxTrailEvent } from '@txtrail/protocol';
import { createAsyncApiDocument } from '../../src/api/descriptions/asyncapi-document.ts';
import { DocumentSchemas } from './document-schemas.ts';

const document = createAsyncApiDocument() as { readonly components: { readonly messages: Messages } };
type Messages = Readonly<Record<string, { readonly title: string }>>;
const schemas = new DocumentSchemas(document, { closed: true });
const nameByTitle = new Map(Object.entries(document.components.messages).map(([name, { title }]) => [title, name]));

/** What AsyncAPI's description does not say of frames that really came: an unknown type, a member too many or too few. */
export function undescribed(frames: readonly ServerFrame[]): readonly string[] {
  return frames.flatMap((frame) => {
    // An event's own schema says what is wrong with it; the frame's would only say that none of them fits.
    const event = frame.type === 'event' ? problemsOf(frame.event.type, frame.event) : [];
    return event.length > 0 ? event : problemsOf(frame.type, frame);
  });
}

/** The same of one event, which costs a tenth of what its frame does: that one may be any of all types. */
export function undescribedEvent(event: TxTrailEvent): readonly string[] {
  return problemsOf(event.type, event);
}

function problemsOf(title: string, payload: unknown): readonly string[] {
  const name = nameByTitle.get(title);
  if (name === undefined) return [`${title} is not described`];
  return schemas.problems(`/components/messages/${name}/payload`, payload).map((problem) => `${title}: ${problem}`);
}
