#include "workload.h"
const struct row ending_rows[] = { { 0 } }, timeout_rows[] = { { 0 } }, start_rows[] = { { 0 } },
		 owner_rows[] = { { 0 } }, process_rows[] = { { 0 } }, udp_rows[] = { { 0 } },
		 load_rows[] = { { 0 } };
