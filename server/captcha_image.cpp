// The picture of a captcha. Glyph outlines come from FreeType, are turned, sheared and bent as curves, and
// are filled by cairo into an 8-bit grey surface (small PNGs). No state between pictures, no system fonts,
// any thread.
#include <cairo.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <stdexcept>

#include "server/captcha.hpp"
#include "server/captcha_font.hpp"

namespace qrgate {

namespace {

constexpr int width = 160;
constexpr int height = 60;
constexpr double pi = std::numbers::pi;

struct Free {
    void operator()(FT_Library library) const noexcept { FT_Done_FreeType(library); }
    void operator()(FT_Face face) const noexcept { FT_Done_Face(face); }
    void operator()(cairo_surface_t* surface) const noexcept { cairo_surface_destroy(surface); }
    void operator()(cairo_t* pen) const noexcept { cairo_destroy(pen); }
};
using Library = std::unique_ptr<FT_LibraryRec_, Free>;
using Face = std::unique_ptr<FT_FaceRec_, Free>;
using Surface = std::unique_ptr<cairo_surface_t, Free>;
using Pen = std::unique_ptr<cairo_t, Free>;

double between(double low, double high, Random& random) {
    constexpr std::uint32_t steps = 1U << 16;
    return low + (high - low) * random.below(steps) / (steps - 1);
}

struct Point {
    double x = 0;
    double y = 0;
};

// Bends the whole picture: two sine waves across each other.
struct Bend {
    double across, across_length, across_phase;
    double down, down_length, down_phase;

    explicit Bend(Random& random)
        : across(between(2.5, 4.0, random)),
          across_length(between(45, 70, random)),
          across_phase(between(0, 2 * pi, random)),
          down(between(1.5, 3.0, random)),
          down_length(between(30, 50, random)),
          down_phase(between(0, 2 * pi, random)) {}

    Point operator()(Point p) const {
        return {p.x + down * std::sin(2 * pi * p.y / down_length + down_phase),
                p.y + across * std::sin(2 * pi * p.x / across_length + across_phase)};
    }
};

// Where one glyph goes: from font units to the picture.
struct Placing {
    double scale, turn, shear;
    Point middle_of_glyph, middle_in_picture;
    const Bend& bend;

    Point operator()(const FT_Vector& v) const {
        double x = (static_cast<double>(v.x) - middle_of_glyph.x) * scale;
        const double y = -(static_cast<double>(v.y) - middle_of_glyph.y) * scale;
        x += shear * y;
        return bend({middle_in_picture.x + x * std::cos(turn) - y * std::sin(turn),
                     middle_in_picture.y + x * std::sin(turn) + y * std::cos(turn)});
    }
};

// The pen on its way round one outline.
struct Tracing {
    cairo_t* pen;
    const Placing& place;
    FT_Vector at{};

    static Tracing& of(void* user) { return *static_cast<Tracing*>(user); }
};

int move_to(const FT_Vector* to, void* user) {
    Tracing& tracing = Tracing::of(user);
    const Point p = tracing.place(*to);
    cairo_close_path(tracing.pen);
    cairo_move_to(tracing.pen, p.x, p.y);
    tracing.at = *to;
    return 0;
}

// Straight pieces are cut up, so that they bend too.
int line_to(const FT_Vector* to, void* user) {
    constexpr int cuts = 6;
    Tracing& tracing = Tracing::of(user);
    for (int i = 1; i <= cuts; ++i) {
        const FT_Vector next{tracing.at.x + (to->x - tracing.at.x) * i / cuts,
                             tracing.at.y + (to->y - tracing.at.y) * i / cuts};
        const Point p = tracing.place(next);
        cairo_line_to(tracing.pen, p.x, p.y);
    }
    tracing.at = *to;
    return 0;
}

int cubic_to(const FT_Vector* a, const FT_Vector* b, const FT_Vector* to, void* user) {
    Tracing& tracing = Tracing::of(user);
    const Point first = tracing.place(*a);
    const Point second = tracing.place(*b);
    const Point p = tracing.place(*to);
    cairo_curve_to(tracing.pen, first.x, first.y, second.x, second.y, p.x, p.y);
    tracing.at = *to;
    return 0;
}

// A quadratic curve is a cubic one with both controls two thirds of the way to its own.
int conic_to(const FT_Vector* control, const FT_Vector* to, void* user) {
    const FT_Vector from = Tracing::of(user).at;
    const FT_Vector a{from.x + 2 * (control->x - from.x) / 3, from.y + 2 * (control->y - from.y) / 3};
    const FT_Vector b{to->x + 2 * (control->x - to->x) / 3, to->y + 2 * (control->y - to->y) / 3};
    return cubic_to(&a, &b, to, user);
}

void trace(FT_Outline& outline, cairo_t* pen, const Placing& place) {
    constexpr FT_Outline_Funcs pieces{move_to, line_to, conic_to, cubic_to, 0, 0};
    Tracing tracing{.pen = pen, .place = place};
    if (FT_Outline_Decompose(&outline, &pieces, &tracing) != 0)
        throw std::runtime_error("a glyph could not be drawn");
    cairo_close_path(pen);
}

// On an 8-bit alpha surface the PNG is grey: alpha 1 is white, 0 black.
void shade(cairo_t* pen, double light) {
    cairo_set_source_rgba(pen, 0, 0, 0, light);
}

void draw_glyph(cairo_t* pen, FT_Face face, char letter, Point middle, const Bend& bend, Random& random) {
    if (FT_Load_Char(face, static_cast<FT_ULong>(letter), FT_LOAD_NO_SCALE | FT_LOAD_NO_BITMAP) != 0)
        throw std::runtime_error("the captcha font lacks a letter");
    FT_BBox box{};
    FT_Outline_Get_CBox(&face->glyph->outline, &box);
    // Wide letters (M, W) are made smaller, so that they do not run into their neighbours.
    constexpr double widest = 32;
    const double scale = std::min(between(34, 40, random) / static_cast<double>(box.yMax - box.yMin),
                                  widest / static_cast<double>(box.xMax - box.xMin));
    const Placing place{
        .scale = scale,
        .turn = between(-0.25, 0.25, random),
        .shear = between(-0.15, 0.15, random),
        .middle_of_glyph = {static_cast<double>(box.xMin + box.xMax) / 2,
                            static_cast<double>(box.yMin + box.yMax) / 2},
        .middle_in_picture = {middle.x + between(-2, 2, random), middle.y + between(-3, 3, random)},
        .bend = bend};
    cairo_new_path(pen);
    trace(face->glyph->outline, pen, place);
    shade(pen, between(0.05, 0.22, random));
    cairo_fill(pen);
}

// A line through all letters; light ones cut the letters, dark ones tie them together.
void draw_line(cairo_t* pen, double light, double thickness, Random& random) {
    shade(pen, light);
    cairo_set_line_width(pen, thickness);
    cairo_move_to(pen, between(-5, 5, random), between(10, height - 10, random));
    cairo_curve_to(pen, between(35, 60, random), between(-10, height + 10, random), between(95, 125, random),
                   between(-10, height + 10, random), width + between(-5, 5, random),
                   between(10, height - 10, random));
    cairo_stroke(pen);
}

void draw_dots(cairo_t* pen, Random& random) {
    for (int i = 0; i < 30; ++i) {
        shade(pen, between(0.3, 0.75, random));
        cairo_arc(pen, between(0, width, random), between(0, height, random), between(0.5, 1.2, random), 0,
                  2 * pi);
        cairo_fill(pen);
    }
}

cairo_status_t append_png(void* png, const unsigned char* data, unsigned size) {
    static_cast<Bytes*>(png)->insert(static_cast<Bytes*>(png)->end(), data, data + size);
    return CAIRO_STATUS_SUCCESS;
}

Face open_font(FT_Library library) {
    const auto font = captcha_font();
    FT_Face face = nullptr;
    if (FT_New_Memory_Face(library, font.data(), static_cast<FT_Long>(font.size()), 0, &face) != 0)
        throw std::runtime_error("the font inside the binary cannot be read");
    return Face(face);
}

}  // namespace

Bytes draw_captcha(std::string_view text, Random& random) {
    FT_Library opened = nullptr;
    if (FT_Init_FreeType(&opened) != 0) throw std::runtime_error("FreeType cannot start");
    const Library library(opened);
    const Face face = open_font(library.get());
    const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_A8, width, height));
    const Pen pen(cairo_create(surface.get()));
    cairo_set_operator(pen.get(), CAIRO_OPERATOR_SOURCE);
    shade(pen.get(), 0.97);
    cairo_paint(pen.get());

    const Bend bend(random);
    const double step =
        static_cast<double>(width - 20) / static_cast<double>(std::max<std::size_t>(text.size(), 1));
    for (std::size_t i = 0; i < text.size(); ++i)
        draw_glyph(pen.get(), face.get(), text[i], {10 + step * (static_cast<double>(i) + 0.5), height / 2.0},
                   bend, random);
    draw_line(pen.get(), 0.97, 1.5, random);
    draw_line(pen.get(), between(0.15, 0.3, random), 1.8, random);
    draw_dots(pen.get(), random);

    Bytes png;
    if (cairo_surface_write_to_png_stream(surface.get(), append_png, &png) != CAIRO_STATUS_SUCCESS)
        throw std::runtime_error("cairo could not write a picture");
    return png;
}

}  // namespace qrgate
