/** For commands that load nothing else. */
export { packageVersion } from '../adapters/node/package-version.ts';
