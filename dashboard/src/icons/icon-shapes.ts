/** A shape on a grid of 16 by 16, drawn with the text's colour. */
export interface IconShape {
  /** Drawn as lines. */
  readonly lines?: string;
  /** Filled. */
  readonly fill?: string;
  readonly dash?: string;
}

/** Each status and each event has a shape of its own, so that it is told apart without colour. */
export const iconShapes: Readonly<Record<string, IconShape>> = {
  question: {
    lines: 'M8 2.2a5.8 5.8 0 1 1 0 11.6a5.8 5.8 0 0 1 0-11.6M6.3 6.5a1.8 1.8 0 1 1 2.5 1.7c-.6.3-.8.6-.8 1.2',
    fill: 'M8 10.5a.8.8 0 1 1 0 1.6a.8.8 0 0 1 0-1.6',
  },
  ring: { lines: 'M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 0 1 0-11', dash: '2.6 1.72' },
  block: { lines: 'M3 3h10v10H3z', fill: 'M5.5 8h5v2.5h-5z' },
  check: { lines: 'M2.8 8.4l3.5 3.6l7-7.8' },
  seal: {
    fill: 'M8 1l1.9 1.6l2.5-.2l.6 2.4l2 1.5l-.9 2.3l.5 2.5l-2.4.8l-1.2 2.2l-2.5-.5l-2.5.5l-1.2-2.2l-2.4-.8l.5-2.5l-.9-2.3l2-1.5l.6-2.4l2.5.2zM4.9 8.2l2.4 2.4l4-4.4l-1-.9l-3 3.3l-1.4-1.4z',
  },
  swap: { lines: 'M2.5 5.5h10M9.8 2.5l3 3l-3 3M13.5 10.5h-10M6.2 7.5l-3 3l3 3' },
  drop: { lines: 'M8 2v7.5M4.8 6.6L8 9.8l3.2-3.2M3 13.5h10', dash: '' },
  clock: { lines: 'M8 2.2a5.8 5.8 0 1 1 0 11.6a5.8 5.8 0 0 1 0-11.6M8 4.8V8l2.3 1.6' },
  cross: { lines: 'M3.5 3.5l9 9M12.5 3.5l-9 9' },
  flag: { lines: 'M4 14V2.5M4 3h8l-2 2.8L12 8.6H4' },
  receipt: { lines: 'M4 2.5h8v11l-2-1.3l-2 1.3l-2-1.3l-2 1.3zM6.2 5.8h3.6M6.2 8.4h3.6' },
  tick: { fill: 'M8 5a3 3 0 1 1 0 6a3 3 0 0 1 0-6' },
  loop: { lines: 'M13 8a5 5 0 1 1-1.6-3.7M13.2 2v3h-3' },
  pulse: { lines: 'M1.5 8.5h3l1.8-5l3 9l1.9-4h3.3' },
  copy: { lines: 'M5.5 5.5h7.5v8H5.5zM3 10.5V2.5h7.5' },
  search: { lines: 'M7 2.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 0 1 0-9M10.4 10.4l3.3 3.3' },
  sun: {
    lines:
      'M8 5.2a2.8 2.8 0 1 1 0 5.6a2.8 2.8 0 0 1 0-5.6M8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M12.8 3.2l-1.1 1.1M4.3 11.7l-1.1 1.1',
  },
  moon: { lines: 'M13.2 9.4A5.6 5.6 0 0 1 6.6 2.8a5.6 5.6 0 1 0 6.6 6.6z' },
  system: { lines: 'M8 2.2a5.8 5.8 0 1 1 0 11.6a5.8 5.8 0 0 1 0-11.6', fill: 'M8 2.2a5.8 5.8 0 0 1 0 11.6z' },
  keys: { lines: 'M1.8 4h12.4v8.2H1.8zM4.2 6.6h.01M6.7 6.6h.01M9.2 6.6h.01M11.7 6.6h.01M5.2 9.6h5.6' },
  back: { lines: 'M9.8 3.2L5 8l4.8 4.8' },
  bolt: { lines: 'M9 1.8L3.5 9h4l-.8 5.2L12.5 7h-4z' },
  pause: { lines: 'M5.5 3v10M10.5 3v10' },
  table: { lines: 'M2.5 3h11v10h-11zM2.5 6.4h11M2.5 9.7h11M7 6.4V13' },
  leave: { lines: 'M9.5 2.8H3v10.4h6.5M6.5 8h7.2M11 5.2L13.8 8L11 10.8' },
  why: { lines: 'M2.5 4.5h11M2.5 8h7M2.5 11.5h4.5M11.2 10.2l1.8 1.6l-1.8 1.6' },
  chevron: { lines: 'M4 6l4 4l4-4' },
};
