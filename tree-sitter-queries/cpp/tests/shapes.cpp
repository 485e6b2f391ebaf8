// Shapes and how they are drawn.
#include <vector>
//        ^^^^^^ import vector
#include "shapes/base.hpp"
//        ^^^^^^^^^^^^^^^ import shapes/base.hpp
using std::string;
//    ^^^^^^^^^^^ import std::string as string
using namespace geometry;
//              ^^^^^^^^ import geometry
namespace fs = std::filesystem;
//             ^^^^^^^^^^^^^^^ import std::filesystem as fs

namespace draw::shapes {
//              ^^^^^^ definition.namespace draw::shapes

/// A shape with corners.
// <- chunk.start draw::shapes::Polygon
class DRAW_EXPORT Polygon final : public Shape, private detail::Base<int> {
//                ^^^^^^^ definition.class draw::shapes::Polygon
//                ^^^^^^^ doc A shape with corners.
//                                       ^^^^^ reference.implements in draw::shapes::Polygon
//                                                              ^^^^ reference.implements on detail
    DRAW_OBJECT
public:
    explicit Polygon(int corners) : corners_(corners) {}
//           ^^^^^^^ definition.constructor draw::shapes::Polygon::Polygon
//                                  ^^^^^^^^ reference.read in draw::shapes::Polygon::Polygon
//                                           ^^^^^^^ !reference
    virtual ~Polygon() = default;
//          ^^^^^^^^ definition.method draw::shapes::Polygon::~Polygon
    Polygon &operator=(const Polygon &) = delete;
//           ^^^^^^^^^ definition.method draw::shapes::Polygon::operator=
    operator bool() const;
//  ^^^^^^^^ definition.method draw::shapes::Polygon::operator
    static Polygon square(std::string name);
//                 ^^^^^^ definition.method draw::shapes::Polygon::square
//         ^^^^^^^ reference.type in draw::shapes::Polygon::square
//                             ^^^^^^ reference.type in draw::shapes::Polygon::square on std
    /// Visits every corner.
    template <typename Visitor> void visit(Visitor &&visitor) { visitor.go(); }
//                                   ^^^^^ definition.method draw::shapes::Polygon::visit
//                                   ^^^^^ doc Visits every corner.
//                                   ^^^^^ signature template <typename Visitor> void visit(Visitor &&visitor)
//                                         ^^^^^^^ !reference
//                                                                      ^^ reference.call in draw::shapes::Polygon::visit on visitor
    virtual double area() const = 0;
//                 ^^^^ definition.method draw::shapes::Polygon::area
    static constexpr int kMaxCorners = 12;
//                       ^^^^^^^^^^^ definition.constant draw::shapes::Polygon::kMaxCorners
    enum class Fill : int { None, Solid };
//             ^^^^ definition.enum draw::shapes::Polygon::Fill
//                                ^^^^^ definition.member draw::shapes::Polygon::Fill::Solid
    using value_type = double;
//        ^^^^^^^^^^ definition.type draw::shapes::Polygon::value_type
private:
    int corners_ DRAW_GUARDED_BY(mutex_), *cache_ = nullptr;
//      ^^^^^^^^ definition.field draw::shapes::Polygon::corners_
    std::function<void(int)> on_draw_;
//       ^^^^^^^^ reference.type on std
//                           ^^^^^^^^ definition.field draw::shapes::Polygon::on_draw_
    struct Corner { int x; };
//         ^^^^^^ definition.struct draw::shapes::Polygon::Corner
};

template <class T, int N = 3> struct Grid<T *> : Table<T> { T cells[N]; };
//                                   ^^^^ definition.struct draw::shapes::Grid
//                                               ^^^^^ reference.implements in draw::shapes::Grid
template <typename T> concept Drawable = requires(T t) { t.draw(); };
//                            ^^^^^^^^ definition.type draw::shapes::Drawable
template <class T> using Owner = std::unique_ptr<T>;
//                       ^^^^^ definition.type draw::shapes::Owner
inline constexpr int kLimit = 1;
//                   ^^^^^^ definition.constant draw::shapes::kLimit

namespace {
int hidden_count;
//  ^^^^^^^^^^^^ definition.variable draw::shapes::hidden_count
void trace() {}
//   ^^^^^ definition.function draw::shapes::trace
}  // namespace

extern "C" {
int draw_version(void);
//  ^^^^^^^^^^^^ definition.function draw::shapes::draw_version
}

Polygon::Polygon(const Polygon &other) : corners_(other.corners_) {
//       ^^^^^^^ definition.constructor draw::shapes::Polygon::Polygon
    auto scale = [&](int by) { return by * kLimit; };
//                                    ^^ !reference
//                                         ^^^^^^ reference.read in draw::shapes::Polygon::Polygon
    for (auto &cell : other.cells()) use(cell);
//                                   ^^^ reference.call in draw::shapes::Polygon::Polygon
//                                       ^^^^ !reference
    auto [first, second] = bounds();
    paint(first, second);
//        ^^^^^ !reference
}

Polygon::~Polygon() { release(corners_); }
//       ^^^^^^^^ definition.method draw::shapes::Polygon::~Polygon
//                    ^^^^^^^ reference.call in draw::shapes::Polygon::~Polygon

double Polygon::area() const {
//              ^^^^ definition.method draw::shapes::Polygon::area
    Brush brush(kLimit);
//  ^^^^^ reference.type in draw::shapes::Polygon::area
//        ^^^^^ !definition
    auto *pen = new Pen(1);
//                  ^^^ reference.call in draw::shapes::Polygon::area
    math::round<int>(this->corners_);
//        ^^^^^ reference.call in draw::shapes::Polygon::area on math
//                         ^^^^^^^^ reference.read in draw::shapes::Polygon::area on this
    return Polygon::square("x").area() + pen->width<int>();
//         ^^^^^^^ reference.type in draw::shapes::Polygon::area
//                  ^^^^^^ reference.call in draw::shapes::Polygon::area on Polygon
//                                            ^^^^^ reference.call in draw::shapes::Polygon::area on pen
}

template <class T, int N> bool Grid<T, N>::operator<(const Grid &other) const { return false; }
//                                         ^^^^^^^^^ definition.method draw::shapes::Grid::operator<
std::ostream &operator<<(std::ostream &out, const Polygon &polygon) { return out; }
//            ^^^^^^^^^^ definition.function draw::shapes::operator<<
int Polygon::count = 0;
//           ^^^^^ definition.variable draw::shapes::Polygon::count
DRAW_EXPORT void draw_all(int layer);
//               ^^^^^^^^ definition.function draw::shapes::draw_all
[[nodiscard]] auto pick(int x) -> int { return x; }
//                 ^^^^ definition.function draw::shapes::pick

}  // namespace draw::shapes

TEST(PolygonTest, HasCorners) { EXPECT_EQ(corners(), 2); }
//                ^^^^^^^^^^ definition.method PolygonTest::HasCorners
//                ^^^^^^^^^^ test
//                                        ^^^^^^^ reference.call in PolygonTest::HasCorners
TEST_F(PolygonTest, Draws) { Polygon::square("a"); }
//                  ^^^^^ test
//                                    ^^^^^^ reference.call in PolygonTest::Draws on Polygon
TEST_CASE("polygons have corners", "[shape]") { REQUIRE(corners()); }
//         ^^^^^^^^^^^^^^^^^^^^^ test
BOOST_AUTO_TEST_CASE(closes) { }
//                   ^^^^^^ test
