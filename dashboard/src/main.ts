import { mount } from 'svelte';
import App from './app.svelte';
import { AppState } from './app-state.svelte.ts';
import './theme.css';

const target = document.getElementById('app');
if (target === null) throw new Error('the page has no #app');
const app = new AppState();
mount(App, { target, props: { app } });
void app.start();
