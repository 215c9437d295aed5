"""Reference for a cold start: what Lambda's Python runtime imports before any code of ours."""

import base64
import http.client
import json
import logging
import os
import sys
import time
import traceback
import urllib.parse

assert all((base64, http.client, json, logging, os, sys, time, traceback, urllib.parse))  # noqa: S101
