/* M/M/1 in C, as a yardstick of the machine: next-event loop, SplitMix64, two event times, a ring of arrivals. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t state = 1;

static double exponential(double mean) {
    uint64_t z = (state += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    z ^= z >> 31;
    return -mean * log(((z >> 11) + 1) * 0x1.0p-53);
}

int main(int count, char **words) {
    const long lots = count > 1 ? atol(words[1]) : 10000000;
    enum { RING = 1 << 20 };
    double *came = malloc(RING * sizeof *came);
    if (!came) return 1;
    long in = 0, out = 0;
    double now, arrival = exponential(600.0), departure = 1e300, lead = 0.0;
    clock_t began = clock();
    while (out < lots) {
        if (arrival <= departure) {
            now = arrival;
            came[in++ & (RING - 1)] = now;
            if (in - out == 1) departure = now + exponential(480.0);
            arrival = now + exponential(600.0);
        } else {
            now = departure;
            lead += now - came[out++ & (RING - 1)];
            departure = in > out ? now + exponential(480.0) : 1e300;
        }
    }
    double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
    printf("%.0f %.3f\n", lots / seconds, lead / lots);
    free(came);
    return 0;
}
