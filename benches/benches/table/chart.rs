//! The table as a chart: a lane for each contender, with its median ratio and the quartiles.

use std::fmt::Write as _;
use std::fs;
use std::io;

use graceful_benches::times;

use crate::contender::{ALL, BY_HAND, GRACEFUL};
use crate::row::{Row, Section};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/benchmarks.svg");

const WIDTH: f64 = 1000.0;
/// Where the headings begin, and all text above and below the rows.
const MARGIN: f64 = 24.0;
/// Where the rows' titles begin.
const TITLE: f64 = 32.0;
/// Where the base's absolute value ends.
const BASE: f64 = 430.0;
/// Where the ratios begin and end.
const LEFT: f64 = 466.0;
const RIGHT: f64 = 890.0;
/// Where graceful's ratio ends.
const FIGURE: f64 = 980.0;

const TOP: f64 = 152.0;
const HEADING: f64 = 26.0;
const LANE: f64 = 5.5;

const TEXT: &str = "#111827";
const QUIET: &str = "#4b5563";

pub(crate) fn write(sections: &[Section], machine: &str) -> io::Result<()> {
    fs::write(FILE, draw(sections, machine))
}

fn draw(sections: &[Section], machine: &str) -> String {
    let rows = || sections.iter().flat_map(|section| &section.rows);
    let bottom = TOP + HEADING * sections.len() as f64 + rows().map(height).sum::<f64>();
    let end = bottom + 52.0;
    let mut svg = Svg(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {end}\" font-family=\"sans-serif\" \
         font-size=\"12.5\" fill=\"{TEXT}\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    ));
    svg.text(
        (MARGIN, 32.0),
        "font-size=\"18\" font-weight=\"bold\"",
        "What graceful costs, compared with plain tokio by hand and with other crates",
    );
    let explanation = "1 × is the program on plain tokio, by hand. Less is better in every row. \
                       A bar spans the middle half of the rounds. The axis is logarithmic.";
    svg.text((MARGIN, 54.0), "", explanation);
    legend(&mut svg);
    let scale = Scale::of(rows());
    axis(&mut svg, &scale, bottom);
    let mut y = TOP;
    for section in sections {
        svg.text((MARGIN, y + 18.0), "font-weight=\"bold\"", section.title);
        y += HEADING;
        for (number, row) in section.rows.iter().enumerate() {
            if number % 2 == 0 {
                svg.rectangle((MARGIN - 8.0, y), (WIDTH - 2.0 * (MARGIN - 8.0), height(row)));
            }
            draw_row(&mut svg, &scale, row, y);
            y += height(row);
        }
    }
    svg.text((MARGIN, end - 14.0), &format!("font-size=\"11.5\" fill=\"{QUIET}\""), machine);
    svg.0 + "</svg>\n"
}

fn legend(svg: &mut Svg) {
    for (number, contender) in ALL.iter().enumerate() {
        let (x, y) = (32.0 + 244.0 * (number % 4) as f64, 80.0 + 22.0 * (number / 4) as f64);
        svg.marker((x, y), contender.marker, contender.color);
        svg.text((x + 12.0, y + 4.5), "", &contender.label());
    }
}

fn axis(svg: &mut Svg, scale: &Scale, bottom: f64) {
    svg.text((BASE, TOP - 12.0), "text-anchor=\"end\" font-weight=\"bold\"", "1 × is");
    svg.text((FIGURE, TOP - 12.0), &of_graceful(), ALL[GRACEFUL].name);
    for tick in scale.ticks() {
        let x = scale.x(tick);
        let (color, width) = if tick == 1.0 { (TEXT, 1.5) } else { ("#d1d5db", 1.0) };
        svg.vertical(x, (TOP - 6.0, bottom + 4.0), color, width);
        for y in [TOP - 12.0, bottom + 18.0] {
            svg.text((x, y), "text-anchor=\"middle\"", &format!("{tick} ×"));
        }
    }
}

fn draw_row(svg: &mut Svg, scale: &Scale, row: &Row, top: f64) {
    let middle = top + height(row) / 2.0;
    let baseline = middle + 4.5;
    svg.text((TITLE, baseline), "", &row.title);
    let Some(base) = row.samples(BY_HAND) else {
        svg.text((BASE, baseline), "text-anchor=\"end\"", "–");
        if let Some(samples) = row.samples(GRACEFUL) {
            svg.text((FIGURE, baseline), &of_graceful(), &row.unit.median(samples));
        }
        let over_the_axis = format!("fill=\"{QUIET}\" stroke=\"#ffffff\" stroke-width=\"5\" paint-order=\"stroke\"");
        svg.text((LEFT, baseline), &over_the_axis, "no ratio: plain tokio by hand has no such thing");
        return;
    };
    svg.text((BASE, baseline), "text-anchor=\"end\"", &row.unit.median(base));
    for (lane, which) in lanes(row).enumerate() {
        let Some(ratios) = row.ratios(which) else { continue };
        let y = middle + (lane as f64 - (lanes(row).count() - 1) as f64 / 2.0) * LANE;
        let [low, median, high] = ratios.quartiles().map(|ratio| scale.x(ratio));
        svg.horizontal((low, high), y, ALL[which].color);
        svg.marker((median, y), ALL[which].marker, ALL[which].color);
        if which == GRACEFUL {
            svg.text((FIGURE, baseline), &of_graceful(), &times(ratios.median(), 2));
        }
    }
}

/// The contenders that a row compares with the base, which is a line of the axis.
fn lanes(row: &Row) -> impl Iterator<Item = usize> {
    row.contenders().into_iter().filter(|&which| which != BY_HAND)
}

fn height(row: &Row) -> f64 {
    (LANE * lanes(row).count() as f64 + 9.0).max(24.0)
}

fn of_graceful() -> String {
    format!("text-anchor=\"end\" font-weight=\"bold\" fill=\"{}\"", ALL[GRACEFUL].color)
}

/// A logarithmic axis whose ends are ticks: 1, 2 or 5 times a power of ten.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of<'a>(rows: impl Iterator<Item = &'a Row>) -> Self {
        let ratios = rows.flat_map(|row| lanes(row).filter_map(|which| row.ratios(which)));
        let (low, high) = ratios
            .flat_map(|ratios| ratios.quartiles())
            .fold((1.0_f64, 1.0_f64), |(low, high), ratio| (low.min(ratio), high.max(ratio)));
        let below = all_ticks().filter(|tick| *tick <= low).last();
        let above = all_ticks().find(|tick| *tick >= high);
        Self { low: below.unwrap_or(low), high: above.unwrap_or(high) }
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        all_ticks().filter(|tick| (self.low..=self.high).contains(tick))
    }

    fn x(&self, ratio: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * (ratio / self.low).ln() / (self.high / self.low).ln()
    }
}

/// From 0.001 to 5000, in the order of size.
fn all_ticks() -> impl Iterator<Item = f64> {
    (-3..=3).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
}

/// No text that is written here contains a character that XML reserves.
struct Svg(String);

impl Svg {
    fn text(&mut self, (x, y): (f64, f64), attributes: &str, text: &str) {
        let _ = writeln!(self.0, "<text x=\"{x:.1}\" y=\"{y:.1}\" {attributes}>{text}</text>");
    }

    fn rectangle(&mut self, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let _ = writeln!(
            self.0,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"#111827\" fill-opacity=\"0.045\"/>"
        );
    }

    fn horizontal(&mut self, (from, to): (f64, f64), y: f64, color: &str) {
        let _ = writeln!(self.0, "<path d=\"M{from:.1} {y:.1}H{to:.1}\" stroke=\"{color}\" stroke-width=\"1.5\"/>");
    }

    fn vertical(&mut self, x: f64, (from, to): (f64, f64), color: &str, width: f64) {
        let _ = writeln!(self.0, "<path d=\"M{x:.1} {from:.1}V{to:.1}\" stroke=\"{color}\" stroke-width=\"{width}\"/>");
    }

    fn marker(&mut self, (x, y): (f64, f64), path: &str, color: &str) {
        let _ = writeln!(
            self.0,
            "<path d=\"{path}\" transform=\"translate({x:.1} {y:.1})\" fill=\"{color}\" stroke=\"#ffffff\" stroke-width=\"0.7\"/>"
        );
    }
}
