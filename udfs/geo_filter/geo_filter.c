/* Keeps the documents whose location is at most max_distance_km from a target: great-circle distance by the haversine
 * formula on a sphere of radius 6371.0088 km, the Earth's mean radius.
 *
 *     a = sin²(Δlat / 2) + cos(lat) cos(target_lat) sin²(Δlon / 2)        distance = 2 R asin(√a)
 *
 * The distance grows with a, so instead of taking the arc sine for every row, a is compared with the limit's own
 * sin²(max_distance_km / 2R).
 *
 * A latitude beyond ±90 or a longitude beyond ±360 is no place on Earth: such a document is excluded. Up to that,
 * longitudes wrap around: 190 is -170. */
#include "quidditch.h"

#define RADIUS_KM 6371.0088
#define PI 3.14159265358979323846
#define PATH_MAX 1024

static struct {
    int ready;
    double lat, lon, km;    /* the parameters as last read, */
    double cos_lat, most_a; /* and what follows from them */
    double lat_reach;       /* degrees of latitude that the distance spans, a little more for rounding */
    char lat_path[PATH_MAX], lon_path[PATH_MAX];
    qd_str lat_field, lon_field;
} p;

/* a + b y + c y² + ... in pairs: one long chain of dependent operations would be slower. */
#define SERIES(y, a, b, c, d, e, f, g) \
    ((((a) + (b) * (y)) + ((c) + (d) * (y)) * ((y) * (y))) \
        + (((e) + (f) * (y)) + (g) * ((y) * (y))) * (((y) * (y)) * ((y) * (y))))

/* Taylor series for |x| <= π/4, where the first term left out is below 1e-15. */
static double sin_small(double x) {
    double y = x * x;
    return x + x * y * SERIES(y, -1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800,
                              -1.0 / 1307674368000);
}
static double cos_small(double x) {
    double y = x * x;
    return 1 + y * SERIES(y, -1.0 / 2, 1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600,
                          -1.0 / 87178291200);
}

/* sin(degrees) for quarter 0, cos(degrees) for quarter 1. The quarters of a turn come off exactly, in degrees. */
static double sin_degrees(double degrees, int quarter) {
    double quarters = __builtin_rint(degrees * (1.0 / 90));
    double x = (degrees - 90 * quarters) * (PI / 180);
    quarter += (int)quarters;
    double value = quarter & 1 ? cos_small(x) : sin_small(x);
    return quarter & 2 ? -value : value;
}

static double number(qd_str name, qd_str wrong) {
    double value;
    if (qd_param_f64(name, &value) != QD_OK) qd_fail(wrong);
    return value;
}

static void read_parameters(void) {
    switch (qd_param_string(QD_STR("lat_field"), p.lat_path, PATH_MAX, &p.lat_field)) {
    case QD_OK: break;
    case QD_NOT_FOUND: p.lat_field = QD_STR("lat"); break;
    default: qd_fail(QD_STR("parameter lat_field must be a string of at most 1024 bytes"));
    }
    switch (qd_param_string(QD_STR("lon_field"), p.lon_path, PATH_MAX, &p.lon_field)) {
    case QD_OK: break;
    case QD_NOT_FOUND: p.lon_field = QD_STR("lon"); break;
    default: qd_fail(QD_STR("parameter lon_field must be a string of at most 1024 bytes"));
    }
    double lat = number(QD_STR("target_lat"), QD_STR("parameter target_lat must be a number"));
    double lon = number(QD_STR("target_lon"), QD_STR("parameter target_lon must be a number"));
    double km = number(QD_STR("max_distance_km"), QD_STR("parameter max_distance_km must be a number"));
    if (__builtin_fabs(lat) > 90) qd_fail(QD_STR("parameter target_lat must be between -90 and 90"));
    if (__builtin_fabs(lon) > 360) qd_fail(QD_STR("parameter target_lon must be between -360 and 360"));
    p.lon = lon;

    /* Half way around the Earth is as far as it gets: beyond that, a is at most 1 and its rounding no matter. */
    double half_angle = km / (2 * RADIUS_KM) * (180 / PI);
    double s = sin_degrees(half_angle < 90 ? half_angle : 90, 0);
    p.most_a = half_angle < 90 ? s * s : 2;
    p.lat_reach = 2 * half_angle * (1 + 1e-9) + 1e-9;
    p.cos_lat = sin_degrees(lat, 1);
    p.lat = lat;
    p.km = km;
    p.ready = 1;
}

QD_EXPORT(filter) int32_t filter(qd_ctx ctx) {
    /* An instance has one set of parameters for life, so they are read for its first row. */
    if (!p.ready) read_parameters();
    if (p.km < 0) return 0;

    double lat, lon;
    if (qd_field_f64(ctx, p.lat_field, &lat) != QD_OK) return 0;
    double north = lat - p.lat;
    if (__builtin_fabs(lat) > 90 || __builtin_fabs(north) > p.lat_reach) return 0;
    if (qd_field_f64(ctx, p.lon_field, &lon) != QD_OK || __builtin_fabs(lon) > 360) return 0;

    double v = sin_degrees(north / 2, 0);
    double h = sin_degrees((lon - p.lon) / 2, 0);
    return v * v + sin_degrees(lat, 1) * p.cos_lat * h * h <= p.most_a;
}
