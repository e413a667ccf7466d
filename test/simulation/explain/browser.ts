import { spawn } from 'node:child_process';

/** Opens a page in the browser of whoever sits before this machine, where there is one. Whether it comes is not known. */
export function openBrowser(url: string): void {
  const hasDisplay = Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
  const command = process.platform === 'darwin' ? 'open' : hasDisplay ? 'xdg-open' : null;
  if (command === null) return;
  const browser = spawn(command, [url], { stdio: 'ignore', detached: true });
  // Who has no such command opens the printed address.
  browser.once('error', () => undefined);
  browser.unref();
}
