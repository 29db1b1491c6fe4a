// Which point is nearest to a place: cells of a regular grid, each with its rows one after the other.

class Grid {
  constructor(xy) {
    const n = xy.length / 2;
    this.xy = xy;
    this.side = Math.max(1, Math.min(1024, Math.floor(Math.sqrt(n / 2))));
    this.starts = new Uint32Array(this.side * this.side + 1);
    this.rows = new Uint32Array(n);
    const cell = new Uint32Array(n);
    for (let at = 0; at < n; at++) this.starts[(cell[at] = this.cell(xy[2 * at], xy[2 * at + 1])) + 1]++;
    for (let c = 0; c < this.starts.length - 1; c++) this.starts[c + 1] += this.starts[c];
    const next = this.starts.slice();
    for (let at = 0; at < n; at++) this.rows[next[cell[at]]++] = at;
  }

  along(v) { return Math.min(Math.max(Math.floor((v + 1) / 2 * this.side), 0), this.side - 1); }
  cell(x, y) { return this.along(y) * this.side + this.along(x); }

  *within(x0, y0, x1, y1) {
    for (let row = this.along(y0); row <= this.along(y1); row++) {
      const [from, to] = [row * this.side + this.along(x0), row * this.side + this.along(x1)];
      for (let i = this.starts[from]; i < this.starts[to + 1]; i++) {
        const at = this.rows[i];
        const [x, y] = [this.xy[2 * at], this.xy[2 * at + 1]];
        if (x >= x0 && x <= x1 && y >= y0 && y <= y1) yield at;
      }
    }
  }

  nearest(x, y, reach, allowed) {
    let [best, least] = [-1, reach * reach];
    for (const at of this.within(x - reach, y - reach, x + reach, y + reach)) {
      const away = (this.xy[2 * at] - x) ** 2 + (this.xy[2 * at + 1] - y) ** 2;
      if (away <= least && allowed(at)) [best, least] = [at, away];
    }
    return best;
  }
}
