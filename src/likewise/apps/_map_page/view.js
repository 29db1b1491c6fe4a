// Where we look: the middle and the scale; the map lies within -1 and 1.

class View {
  constructor(changed) {
    this.changed = changed;
    [this.x, this.y, this.zoom, this.width, this.height] = [0, 0, 1, 1, 1];
    [this.left, this.right] = [0, 0]; // what panels cover; the right one is only kept clear of by flights
    this.flight = 0;
  }

  resize(width, height, left) { [this.width, this.height, this.left] = [width, height, left]; this.changed(); }

  get unit() { return 0.46 * Math.min(this.width - this.left, this.height - 40) * this.zoom; }
  get middle() { return [this.left + (this.width - this.left) / 2, this.height / 2]; }

  toScreen(x, y) { const [u, [mx, my]] = [this.unit, this.middle]; return [mx + (x - this.x) * u, my - (y - this.y) * u]; }
  toMap(px, py) { const [u, [mx, my]] = [this.unit, this.middle]; return [this.x + (px - mx) / u, this.y - (py - my) / u]; }

  drag(dx, dy) { this.halt(); this.x -= dx / this.unit; this.y += dy / this.unit; this.keep(); }

  scaleAt(px, py, factor) {
    this.halt();
    const [x, y] = this.toMap(px, py);
    this.zoom = Math.min(Math.max(this.zoom * factor, 0.5), 20000);
    const [nx, ny] = this.toMap(px, py);
    this.x += x - nx; this.y += y - ny;
    this.keep();
  }

  keep() {
    this.x = Math.min(Math.max(this.x, -1.5), 1.5);
    this.y = Math.min(Math.max(this.y, -1.5), 1.5);
    this.changed();
  }

  halt() { cancelAnimationFrame(this.flight); }

  fly(x, y, zoom) {
    this.halt();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) { [this.x, this.y, this.zoom] = [x, y, zoom]; return this.changed(); }
    const [x0, y0, z0, start] = [this.x, this.y, Math.log(this.zoom), performance.now()];
    const step = (now) => {
      const t = Math.min(Math.max((now - start) / 420, 0), 1);
      const ease = t * t * (3 - 2 * t);
      this.x = x0 + (x - x0) * ease; this.y = y0 + (y - y0) * ease;
      this.zoom = Math.exp(z0 + (Math.log(zoom) - z0) * ease);
      this.changed();
      if (t < 1) this.flight = requestAnimationFrame(step);
    };
    this.flight = requestAnimationFrame(step);
  }

  // To the middle of what no panel covers.
  flyTo(x, y, zoom) { this.fly(x + this.right / 2 / (this.unit / this.zoom * zoom), y, zoom); }

  // So that all of these points are seen.
  fit(xy, rows) {
    let [a, b, c, d] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const at of rows) {
      a = Math.min(a, xy[2 * at]); b = Math.max(b, xy[2 * at]);
      c = Math.min(c, xy[2 * at + 1]); d = Math.max(d, xy[2 * at + 1]);
    }
    if (!(b >= a)) return;
    const unit = 0.85 * Math.min((this.width - this.left - this.right) / Math.max(b - a, 0.02), (this.height - 60) / Math.max(d - c, 0.02));
    this.flyTo((a + b) / 2, (c + d) / 2, Math.min(unit / this.unit * this.zoom, 60));
  }
}
