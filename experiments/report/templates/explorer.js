"use strict";
const sweep = JSON.parse(document.getElementById("sweep").textContent);
const inputs = [...document.querySelectorAll(".control input, .control select")];
const write = (id, said) => { document.getElementById(id).textContent = said; };
const ELSEWHERE = 1000; // how far another theory is, beside which no slider counts

function nearest(wanted) {
  let best = 0, least = Infinity;
  sweep.at.forEach((point, number) => {
    let far = 0;
    point.forEach((place, factor) => {
      const apart = place - wanted[factor];
      far += sweep.controls[factor].number ? apart * apart : apart === 0 ? 0 : ELSEWHERE;
    });
    if (far < least - 1e-9) { best = number; least = far; }
  });
  return [best, least];
}

function wordAt(factor, place) {
  const { number, places, words, low, high } = sweep.controls[factor];
  const known = places.findIndex((one) => Math.abs(one - place) < 1e-4);
  return known >= 0 || !number ? words[known] : String(Number((low + place * (high - low)).toPrecision(3)));
}

function line(shares, box) {
  const { width, height } = box.dataset;
  return shares.map((share, date) =>
    (sweep.along[date] * width).toFixed(1) + "," + (height * (1 - share / 1000)).toFixed(1));
}

function show() {
  const chosen = inputs.map((one) => Number(one.value));
  const [number, far] = nearest(chosen.map((stop, factor) => sweep.controls[factor].places[stop]));
  const point = sweep.points[number];
  inputs.forEach((one, factor) => {
    const said = sweep.controls[factor].words[chosen[factor]];
    if (sweep.controls[factor].number) {
      write("value-" + factor, said);
      one.setAttribute("aria-valuetext", said);
    }
  });
  const there = sweep.at[number].map((place, factor) => sweep.controls[factor].name + " = " + wordAt(factor, place));
  write("nearest", far < 1e-8 ? "" : "This setting was not run. Shown is the nearest that was: " + there.join(", ") + ".");
  write("verdict", point.verdict);
  write("brief", point.brief);
  document.querySelectorAll("#lines li").forEach((one, place) => { one.textContent = point.lines[place]; });
  document.querySelectorAll(".ladder li").forEach((one, rung) => {
    one.querySelector("i").style.width = 100 * point.rungs[rung] / sweep.fine + "%";
    one.querySelector("b").textContent = point.rungs_said[rung];
  });
  const cells = document.querySelectorAll("#districts td");
  point.lost.forEach((lost, place) => {
    const region = sweep.regions[place], said = point.lost_said[place];
    cells[place].textContent = said;
    document.querySelectorAll(`[data-region="${region}"]`).forEach((one) => {
      one.querySelector("path").setAttribute("fill", sweep.colours[Math.round(100 * lost / sweep.fine)]);
      const title = one.querySelector("title");
      title.textContent = title.textContent.replace(/[<>]?\d+\s?%/, said);
    });
    document.querySelectorAll(`[data-figure="${region}"]`).forEach((one) => { one.lastElementChild.textContent = said; });
  });
  document.querySelectorAll(".plots figure").forEach((one, place) => {
    const [low, middle, high] = point.curves[place], box = one.querySelector("svg");
    const [below, through, above] = [low, middle, high].map((shares) => line(shares, box));
    one.querySelector(".band").setAttribute("d", "M" + above.concat(below.reverse()).join("L") + "Z");
    one.querySelector(".middle").setAttribute("d", "M" + through.join("L"));
    const ends = [middle[0], middle[middle.length - 1]].map((share) => (share / 1000).toFixed(2));
    one.querySelector("b").textContent = ends.join(" → ");
    box.setAttribute("aria-label", one.querySelector("figcaption").textContent);
  });
  // so that a bookmark, or an address that is passed on, opens the same settings
  try { history.replaceState(null, "", "#" + chosen.join(".")); } catch { /* a page within another has no address */ }
}

function choose(stops) {
  inputs.forEach((one, factor) => {
    const stop = stops[factor];
    one.value = Number.isInteger(stop) && stop >= 0 && stop < sweep.controls[factor].places.length ? stop : one.dataset.usual;
  });
  show();
}

const fromAddress = () => choose(location.hash.slice(1).split(".").map((one) => one === "" ? NaN : Number(one)));
inputs.forEach((one) => one.addEventListener("input", show));
document.getElementById("usual").addEventListener("click", () => choose([]));
window.addEventListener("hashchange", fromAddress);
fromAddress();
