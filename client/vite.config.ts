import { defineConfig } from 'vite';

/** One file without imports, for bundlers, for Node and for a page that has neither. */
export default defineConfig({
  build: {
    target: 'es2022',
    sourcemap: true,
    lib: { entry: 'src/index.ts', formats: ['es'], fileName: 'index' },
    // A library's file keeps its white space by default; nobody reads this one without its map.
    rolldownOptions: { output: { minify: true } },
  },
});
