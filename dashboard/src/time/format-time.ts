/** Which clock absolute times are shown by. */
export type Zone = 'local' | 'utc';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A span as people say it: two units at most, none that would pretend to more than is known. */
export function durationText(spanMs: number): string {
  const span = Math.max(0, spanMs);
  if (span < second) return `${Math.round(span)} ms`;
  if (span < 10 * second) return `${(span / second).toFixed(1)} s`;
  if (span < minute) return `${Math.floor(span / second)} s`;
  if (span < hour) return twoUnits(span, minute, 'min', second, 's');
  if (span < day) return twoUnits(span, hour, 'h', minute, 'min');
  return twoUnits(span, day, 'd', hour, 'h');
}

/** How long ago; `now` within a second, also for what a clock ahead of ours calls the future. */
export function ageText(ageMs: number): string {
  if (ageMs < second) return 'now';
  if (ageMs < minute) return `${Math.floor(ageMs / second)} s`;
  if (ageMs < hour) return `${Math.floor(ageMs / minute)} min`;
  if (ageMs < day) return `${Math.floor(ageMs / hour)} h`;
  return `${Math.floor(ageMs / day)} d`;
}

/** The same as a sentence's end: `now`, or `12 s ago`. */
export function agoText(ageMs: number): string {
  const age = ageText(ageMs);
  return age === 'now' ? age : `${age} ago`;
}

/** `13:37:05.123`, with ` UTC` where that clock is shown. */
export function clockText(iso: string, zone: Zone): string {
  const { hours, minutes, seconds, milliseconds } = partsOf(iso, zone);
  return `${two(hours)}:${two(minutes)}:${two(seconds)}.${String(milliseconds).padStart(3, '0')}${zoneMark(zone)}`;
}

/** `2026-11-25 13:37:05`, with ` UTC` where that clock is shown. */
export function dateTimeText(iso: string, zone: Zone): string {
  const { year, month, date, hours, minutes, seconds } = partsOf(iso, zone);
  return `${year}-${two(month)}-${two(date)} ${two(hours)}:${two(minutes)}:${two(seconds)}${zoneMark(zone)}`;
}

function twoUnits(span: number, large: number, largeName: string, small: number, smallName: string): string {
  const whole = Math.floor(span / large);
  const rest = Math.floor((span % large) / small);
  return rest === 0 ? `${whole} ${largeName}` : `${whole} ${largeName} ${rest} ${smallName}`;
}

function partsOf(iso: string, zone: Zone) {
  const at = new Date(iso);
  const utc = zone === 'utc';
  return {
    year: utc ? at.getUTCFullYear() : at.getFullYear(),
    month: (utc ? at.getUTCMonth() : at.getMonth()) + 1,
    date: utc ? at.getUTCDate() : at.getDate(),
    hours: utc ? at.getUTCHours() : at.getHours(),
    minutes: utc ? at.getUTCMinutes() : at.getMinutes(),
    seconds: utc ? at.getUTCSeconds() : at.getSeconds(),
    milliseconds: at.getUTCMilliseconds(),
  };
}

function zoneMark(zone: Zone): string {
  return zone === 'utc' ? ' UTC' : '';
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
