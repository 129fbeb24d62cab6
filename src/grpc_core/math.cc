// The functions of libm that gRPC's core calls: they are all that a whole library would be mapped for (300 kB of
// resident memory, 0.5 MB while it works). What they are for needs a few digits only (an estimate of how much the
// connection takes at a time, sampling); they have fourteen.

extern "C" {

double frexp(double, int*);  // in libc, too
double ldexp(double, int);

double log2(double);
double pow(double, double);
float nanf(const char*);

double log2(double x) {
  if (!(x > 0)) return x == 0 ? -__builtin_inf() : __builtin_nan("");
  if (x > __DBL_MAX__) return x;
  int exponent;
  double mantissa = frexp(x, &exponent);
  if (mantissa < 0.70710678118654752) {
    mantissa *= 2;
    --exponent;
  }
  // ln(mantissa) = 2 artanh(s), s being below 0.172.
  double s = (mantissa - 1) / (mantissa + 1), sum = 0;
  for (int n = 23; n > 0; n -= 2) sum = sum * s * s + 1.0 / n;
  return exponent + 2 * s * sum * 1.4426950408889634;  // 1 / ln(2)
}

double pow(double base, double exponent) {
  if (exponent == 0 || base == 1) return 1;
  double power = exponent * log2(base);  // not a number for a base below 0, which nobody asks for
  if (!(power > -1080)) return power != power ? power : 0;
  if (power > 1080) return __builtin_inf();
  int whole = static_cast<int>(power < 0 ? power - 0.5 : power + 0.5);
  // e to the rest, which is 0.35 at most.
  double rest = (power - whole) * 0.69314718055994531, sum = 1;
  for (int n = 15; n > 0; --n) sum = 1 + sum * rest / n;
  return ldexp(sum, whole);
}

// These are asked for by what is dropped when the program is linked, which GNU ld learns after it has taken a library in.

double floor(double);
double ceil(double);
double nan(const char*);

double floor(double x) {
  if (!(x > -4503599627370496.0 && x < 4503599627370496.0)) return x;  // it has no digits behind the point
  double whole = static_cast<double>(static_cast<long long>(x));
  return __builtin_copysign(whole > x ? whole - 1 : whole, x);
}

double ceil(double x) { return -floor(-x); }

double nan(const char*) { return __builtin_nan(""); }

float nanf(const char*) { return __builtin_nanf(""); }

}  // extern "C"
