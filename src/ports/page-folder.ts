/** The built files of the live page. */
export interface PageFolder {
  readonly path: string;
  /** Whether the file of this name (`assets/index.js`), and its compressed siblings, lie in the folder itself: none is a link that leads out of it. */
  holds(name: string): boolean;
}
