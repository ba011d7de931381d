/* SPDX-License-Identifier: MIT */
/*
 * See image_price.h.
 */
#include "answer/image_price.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/util.h"

/* CPU to compile a byte of source: measured over the standard library on one processor. */
#define COMPILE_NS_TO_3_11 190
#define COMPILE_NS_SINCE 285

const struct image_price *image_price_find(const struct image_prices *prices,
					   const char *tag)
{
	size_t i;

	for (i = 0; i < prices->count; i++)
		if (!prices->price[i].directory && strcmp(prices->price[i].tag, tag) == 0)
			return &prices->price[i];
	return NULL;
}

const struct image_price *image_price_known(const struct image_prices *prices,
					    const char *tag, const char *directory)
{
	const struct image_price *price;

	for (price = prices->price; price < prices->price + prices->count; price++)
		if (price->directory && strcmp(price->tag, tag) == 0 &&
		    strcmp(price->directory, directory) == 0)
			return price;
	return NULL;
}

int64_t image_price_ns(const struct image_prices *prices, const char *tag, int64_t bytes)
{
	const struct image_price *price = image_price_find(prices, tag);
	unsigned minor;

	if (price)
		return (int64_t)((double)price->ns / (double)price->bytes *
				 (double)bytes);
	if (sscanf(tag, "cpython-3%u", &minor) == 1 && minor > 11)
		return bytes * COMPILE_NS_SINCE;
	return bytes * COMPILE_NS_TO_3_11;
}

void image_prices_add(struct image_prices *prices, struct image_price price)
{
	if (!price.sources || price.bytes <= 0 || price.ns < 0)
		return;
	prices->price = xrealloc(prices->price,
				 (prices->count + 1) * sizeof(*prices->price));
	prices->price[prices->count++] = price;
}

void image_prices_free(struct image_prices *prices)
{
	free(prices->price);
	*prices = (struct image_prices){0};
}
