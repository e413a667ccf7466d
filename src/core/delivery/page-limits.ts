/** With a filter, at most this many events are looked at for one page; the page then says there is more. */
export const maxScanned = 2_000;
