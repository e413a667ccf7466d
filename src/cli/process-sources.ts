import { readFileSync } from 'node:fs';
import type { ConfigSources } from '../config/load-config.ts';

/** The configuration's sources in a real process: the one place that reads its environment. */
export function processSources(args: readonly string[]): ConfigSources {
  return { args, environment: process.env, readFile: (name) => readFileSync(name, 'utf8') };
}
