// How many of the points a moving picture shows: all where that is quick enough, else a share that is; once still, all.

const REST = 120; // milliseconds without a movement after which the picture is made whole
const LEAST = 1 / 32;

class Pace {
  constructor(redraw) {
    [this.redraw, this.share, this.costs, this.timer, this.moving] = [redraw, 1, [], 0, false];
    this.patience = 16; // milliseconds that setting the points may take in a moving frame
  }

  moved() {
    this.moving = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { this.still(); this.redraw(); }, REST);
    this.redraw();
  }

  still() { this.moving = false; }

  get now() { return this.moving ? this.share : 1; }

  // What a drawing took. The quickest of three counts: one that another program held up says nothing. The share is halved late
  // and doubled late, so that points do not come and go from frame to frame.
  took(milliseconds, share) {
    this.costs = [...this.costs.slice(-2), milliseconds / share];
    const cost = Math.min(...this.costs);
    while (this.share > LEAST && cost * this.share > 1.4 * this.patience) this.share /= 2;
    if (this.share < 1 && cost * this.share < 0.35 * this.patience) this.share *= 2;
  }
}
