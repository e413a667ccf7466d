import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [svelte()],
  // Relative, so that the page also works below a path of a reverse proxy.
  base: './',
  build: {
    target: 'es2022',
    // The page's policy allows no `data:` and no inline code, so nothing may be folded in.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
